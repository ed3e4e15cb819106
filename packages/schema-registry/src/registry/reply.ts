/** What a registry said to a request, told apart once: everything after this reads `kind`. */
export type Reply =
  | { readonly kind: 'answered'; readonly body: unknown }
  /** It knows no such subject, version, schema or id. */
  | { readonly kind: 'absent'; readonly message: string }
  /** It understood and said no: incompatible, invalid, not there at all. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'denied'; readonly status: number; readonly message: string }
  /** No answer to rely on: trying again later may help, and nothing was learnt about the schema. */
  | { readonly kind: 'away'; readonly reason: string }

export interface RawReply {
  readonly status: number
  readonly text: string | null
  /** Set where the connection failed: the client calls that status 400. */
  readonly error: string | null
}

const maxMessage = 600

/** Pure: status, body and connection error in, one kind out. */
export function judgeReply({ status, text, error }: RawReply): Reply {
  if (error !== null) return { kind: 'away', reason: error.slice(0, maxMessage) }
  const body = parsed(text)
  const message = messageOf(body, status)
  if (status === 401 || status === 403) return { kind: 'denied', status, message }
  if (status === 408 || status === 429 || status >= 500) return { kind: 'away', reason: `status ${status}: ${message}` }
  if (status >= 200 && status < 300) {
    // A login page of a proxy is no answer of the registry.
    return body === undefined ? { kind: 'away', reason: 'its answer is no JSON' } : { kind: 'answered', body }
  }
  if (status === 404 && isAbsence(body)) return { kind: 'absent', message }
  return { kind: 'refused', status, message }
}

/** 40401 subject, 40402 version, 40403 schema. A 404 without such a code comes from something that is no registry. */
const isAbsence = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'error_code' in body && /^404\d\d$/.test(String(body.error_code))

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined // no JSON is a finding of its own, judged by the status
  }
}

const messageOf = (body: unknown, status: number): string =>
  typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
    ? body.message.slice(0, maxMessage)
    : `it answered ${status} without a message`
