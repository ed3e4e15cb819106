import type { RawReply } from './reply.js'

/** The client's answers, as far as they are used here. */
export interface ClientAnswer {
  status(): number
  rawData(): string | null
  /** Why there was no answer: the client calls that status 400. */
  error(): Error | null
  enhance(changes: { status: number; rawData: string }): ClientAnswer
}

/**
 * Makes the client hand over every answer as it came. By itself it makes one Error of all failures, from which a refused connection
 * (status 400) can't be told from a bad request, nor an unknown id (error code 40403) from the 404 of a proxy: the first must be
 * waited for, the second is a fault of the record. Its option `middlewares` comes too late for that, outside of the part that makes
 * the Error, so this one goes in front of its own list. What went in is a good answer for all that follow, so that the client's
 * retries, which nobody could end, stay out as well; `whatCame` opens it again.
 * @throws TypeError for a version of the client that keeps its list elsewhere: it is pinned for this reason
 */
export function answerAlways(api: object): void {
  const manifest: unknown = Reflect.get(api, '_manifest')
  const middleware: unknown = typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'middleware')
  if (!Array.isArray(middleware)) {
    throw new TypeError(
      'this version of @kafkajs/confluent-schema-registry or mappersmith is not the one that is known here',
    )
  }
  middleware.unshift(() => ({
    response: (next: () => Promise<ClientAnswer>): Promise<ClientAnswer> => next().catch(asAnswer).then(wrapped),
  }))
}

function asAnswer(thrown: unknown): ClientAnswer {
  if (typeof thrown === 'object' && thrown !== null && 'enhance' in thrown) return thrown as ClientAnswer
  throw thrown
}

const wrapped = (answer: ClientAnswer): ClientAnswer => {
  const error = answer.error()
  const came: RawReply = {
    ...{ status: answer.status(), text: answer.rawData() },
    error: error === null ? null : describe(error),
  }
  return answer.enhance({ status: 200, rawData: JSON.stringify(came) })
}

/** What an answer of a client with this guard holds. */
export const whatCame = (answer: Pick<ClientAnswer, 'rawData'>): RawReply =>
  JSON.parse(answer.rawData() ?? 'null') as RawReply // written just above

/** Some errors of Node have a code and no message. */
function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const text = error.message || error.name
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`
}
