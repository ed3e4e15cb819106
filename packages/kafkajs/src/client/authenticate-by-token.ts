import { fail } from '@millrace/core'
import type { SaslToken } from './connection-options.js'

/** One message to the broker and its answer; rejects with what the broker refuses it with. */
export type SaslExchange = (bytes: Buffer) => Promise<Buffer>

/** Bytes of RFC 7628. */
const SEPARATOR = '\u0001'
const GIVE_UP = Buffer.from(SEPARATOR)
const MAX_WORDS = 200

/**
 * The client's side of OAUTHBEARER (RFC 7628, section 3). A broker that does not take the token answers with words, not with an
 * error: those are to be acknowledged, and only then it says that authentication has failed. kafkajs takes the words for a success,
 * and its next request for anything is met by a closed connection.
 */
export async function authenticateByToken(
  { value, extensions = {} }: SaslToken,
  exchange: SaslExchange,
): Promise<void> {
  const pairs = [['auth', `Bearer ${value}`], ...Object.entries(extensions)]
  const message = ['n,,', ...pairs.map(([name, text]) => `${name}=${text}`), '', ''].join(SEPARATOR)
  const words = await exchange(Buffer.from(message))
  if (words.length === 0) return
  await exchange(GIVE_UP)
  throw fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the token', reason: words.toString('utf8', 0, MAX_WORDS) })
}
