import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { Topics } from '../topics/topics.js'
import type { RequestHandler } from './answer.js'
import { namedOnce } from './named-once.js'

type Request = RequestBody<'DeleteTopics'>
type Response = ResponseBody<'DeleteTopics'>

export interface DeleteTopicsDeps {
  readonly topics: Pick<Topics, 'delete'>
}

/** DeleteTopics: a deleted name is unknown at once and may be created again at once. */
export function createDeleteTopicsHandler({ topics }: DeleteTopicsDeps): RequestHandler<Request, Response> {
  return ({ topicNames }) => {
    const { once, repeated } = namedOnce(topicNames, (name) => name)
    return {
      responses: [
        ...once.map((name) => ({ name, errorCode: topics.delete(name)?.errorCode ?? errorCode.NONE })),
        ...repeated.map((name) => ({ name, errorCode: errorCode.INVALID_REQUEST })),
      ],
    }
  }
}
