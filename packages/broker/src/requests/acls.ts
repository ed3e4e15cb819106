import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { RequestHandler } from './answer.js'

/** What Kafka says where no authorizer is configured. */
const disabled = { errorCode: errorCode.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' }

export const describeAcls: RequestHandler<RequestBody<'DescribeAcls'>, ResponseBody<'DescribeAcls'>> = () => ({
  ...disabled,
  errorMessage: 'No Authorizer is configured on the broker',
  resources: [],
})

export const createAcls: RequestHandler<RequestBody<'CreateAcls'>, ResponseBody<'CreateAcls'>> = (request) => ({
  results: request.creations.map(() => disabled),
})

export const deleteAcls: RequestHandler<RequestBody<'DeleteAcls'>, ResponseBody<'DeleteAcls'>> = (request) => ({
  filterResults: request.filters.map(() => ({ ...disabled, matchingAcls: [] })),
})
