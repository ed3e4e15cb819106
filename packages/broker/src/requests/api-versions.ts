import { type Api, apis, type RequestBody, type ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { RequestHandler } from './answer.js'

type Response = ResponseBody<'ApiVersions'>

const offered = Object.values(apis)
  .map((api: Api) => entryOf(api))
  .toSorted((one, other) => one.apiKey - other.apiKey)

/** Names and versions of client software, as KIP-511 allows them. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/

/** ApiVersions: the one API that also answers in a version that it does not speak. */
export const apiVersions: RequestHandler<RequestBody<'ApiVersions'>, Response> = (request, { apiVersion }) => {
  const { clientSoftwareName, clientSoftwareVersion } = request
  const isNamed = softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion)
  if (apiVersion >= 3 && !isNamed) return { errorCode: errorCode.INVALID_REQUEST, apiKeys: [] }
  return { errorCode: errorCode.NONE, apiKeys: offered }
}

/** The answer to an unknown version of it, to be sent in version 0: it says which versions are known, so that the client asks again. */
export const unsupportedApiVersions: Response = {
  errorCode: errorCode.UNSUPPORTED_VERSION,
  apiKeys: [entryOf(apis.ApiVersions)],
}

function entryOf({ key, advertised: [minVersion, maxVersion] }: Api): Response['apiKeys'][number] {
  return { apiKey: key, minVersion, maxVersion }
}
