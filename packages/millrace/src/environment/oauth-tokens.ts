import { fail } from '@millrace/core'
import type { SaslToken, TokenSource } from '@millrace/kafkajs'
import type { OauthSettings } from './read-sasl.js'

const MAX_ANSWER_BYTES = 256 * 1024
/** RFC 6749, section 5.2: codes that another try would not change. */
const FINAL =
  /^(invalid_client|invalid_grant|unauthorized_client|unsupported_grant_type|invalid_scope|invalid_request)$/

/**
 * Tokens by the client credentials grant (RFC 6749, section 4.4), asked for with the built-in fetch. What the server answers is
 * never part of an error, except for its error code: it may repeat what it was sent.
 * @throws MillraceError `MILLRACE_DRIVER_UNAUTHORIZED` when the server does not take this client; anything else may pass.
 */
export const createOauthTokens = ({ tokenUrl, clientId, clientSecret, scope }: OauthSettings): TokenSource => {
  const { origin, pathname } = new URL(tokenUrl)
  const endpoint = `${origin}${pathname}`
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) })
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')
  const headers = { accept: 'application/json', authorization: `Basic ${credentials}` }

  return async (signal) => {
    // A redirect would carry the credentials to somebody else.
    const answer = await fetch(tokenUrl, { method: 'POST', body, headers, signal, redirect: 'error' })
    const found = parse(await readText(answer))
    if (answer.ok) return tokenIn(found, endpoint)
    const error =
      typeof found['error'] === 'string' && /^[\w .-]{1,60}$/.test(found['error']) ? found['error'] : undefined
    const reason = `${endpoint} answered ${answer.status}${error === undefined ? '' : ` (${error})`}`
    if (answer.status === 401 || answer.status === 403 || (error !== undefined && FINAL.test(error))) {
      const todo = 'check KAFKA_SASL_OAUTH_CLIENT_ID, KAFKA_SASL_OAUTH_CLIENT_SECRET and KAFKA_SASL_OAUTH_SCOPE'
      throw fail('MILLRACE_DRIVER_UNAUTHORIZED', {
        what: 'nobody yet, for there is no token',
        reason: `${reason}; ${todo}`,
      })
    }
    throw new Error(reason)
  }
}

function tokenIn(found: Readonly<Record<string, unknown>>, endpoint: string): SaslToken {
  const { access_token: value, expires_in: expiresIn } = found
  if (typeof value !== 'string') throw new Error(`${endpoint} answered without an access_token`)
  const seconds = Number(expiresIn)
  return Number.isFinite(seconds) && seconds > 0 ? { value, expiresAtMs: Date.now() + seconds * 1000 } : { value }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer of the token endpoint has no end')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? { ...found } : {}
  } catch {
    return {} // a proxy answers with a page; the status says what there is to say
  }
}

/** RFC 6749, section 2.3.1: as in a form, before it becomes a header. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
