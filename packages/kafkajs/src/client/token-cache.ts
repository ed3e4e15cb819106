import { type Clock, fail, isMillraceError, type Logger, systemClock } from '@millrace/core'
import { isObject } from '../internals.js'
import { bounded } from './bounded.js'
import type { SaslToken, TokenSource } from './connection-options.js'

export interface TokenCache {
  /** The token to authenticate with now. Rejects with `MILLRACE_DRIVER_TOKEN_UNAVAILABLE` or `MILLRACE_DRIVER_UNAUTHORIZED`. */
  current(): Promise<SaslToken>
  /** A broker has refused it: the next one is asked for, although this one has not expired. */
  forget(token: SaslToken): void
}

export interface TokenCacheParts {
  readonly source: TokenSource
  readonly log: Logger
  readonly clock?: Clock
  /** Default 10,000. */
  readonly limitMs?: number
}

interface Held {
  readonly token: SaslToken
  readonly fetchedAtMs: number
  /** How long it was good for when it came, ms. */
  readonly lifeMs: number
}

const FETCH_LIMIT_MS = 10_000
/** RFC 6750, section 2.1, wider: what stands between the control characters of RFC 7628. */
const TOKEN = /^[\x21-\x7e]+$/
const EXTENSION_NAME = /^[A-Za-z]+$/
const EXTENSION_VALUE = /^[\x20-\x7e\t\r\n]+$/

/**
 * One token for all connections of a driver. The broker ends a session when its token does, so a token that is half over is not
 * handed out while a new one can be had; one that still lives bridges an outage of the source.
 */
export function createTokenCache(parts: TokenCacheParts): TokenCache {
  const { source, log, clock = systemClock, limitMs = FETCH_LIMIT_MS } = parts
  let held: Held | undefined
  let fetching: Promise<SaslToken> | undefined

  const leftMs = ({ fetchedAtMs, lifeMs }: Held): number => fetchedAtMs + lifeMs - clock.now()

  async function ask(): Promise<SaslToken> {
    const limit = new AbortController()
    try {
      return await bounded(source(limit.signal), 'fetching a token', limitMs)
    } finally {
      limit.abort(new Error('nobody waits for this token'))
    }
  }
  async function fetchToken(): Promise<SaslToken> {
    try {
      const token = await ask()
      const problem = problemOf(token)
      if (problem !== undefined) throw new Error(problem)
      const expiresAtMs = token.expiresAtMs ?? expiryOf(token.value)
      const lifeMs = expiresAtMs === undefined ? 0 : expiresAtMs - clock.wallNow()
      if (expiresAtMs !== undefined && lifeMs <= 0) throw new Error('the token that was fetched has expired')
      held = { token, fetchedAtMs: clock.now(), lifeMs }
      return token
    } catch (error) {
      if (held !== undefined && leftMs(held) > 0) {
        log.warn(
          { err: error, leftMs: Math.round(leftMs(held)) },
          'no new OAuth token; the old one is used until it ends',
        )
        return held.token
      }
      if (isMillraceError(error, 'MILLRACE_DRIVER_UNAUTHORIZED')) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw fail('MILLRACE_DRIVER_TOKEN_UNAVAILABLE', { reason }, { cause: error })
    }
  }
  return {
    current() {
      if (held !== undefined && leftMs(held) > held.lifeMs / 2) return Promise.resolve(held.token)
      return (fetching ??= fetchToken().finally(() => (fetching = undefined)))
    },
    forget(token) {
      if (held?.token === token) held = undefined
    },
  }
}

/** Never says what the token is. */
function problemOf(token: unknown): string | undefined {
  if (!isObject(token) || typeof token['value'] !== 'string' || !TOKEN.test(token['value']))
    return 'the token source gave no { value } of visible ASCII characters'
  const { expiresAtMs, extensions = {} } = token
  if (expiresAtMs !== undefined && !Number.isFinite(expiresAtMs)) return 'expiresAtMs of the token is no number'
  const isFine =
    isObject(extensions) &&
    Object.entries(extensions).every(
      ([name, value]) =>
        EXTENSION_NAME.test(name) && name !== 'auth' && typeof value === 'string' && EXTENSION_VALUE.test(value),
    )
  return isFine
    ? undefined
    : 'an extension of the token has a name of other than letters, is called auth, or has no text'
}

/** The `exp` claim of a JSON Web Token (RFC 7519, section 4.1.4), epoch ms. It is not verified: the broker does that. */
export function expiryOf(value: string): number | undefined {
  const [, claims] = value.split('.')
  if (claims === undefined) return undefined
  try {
    const found: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const seconds = isObject(found) ? found['exp'] : undefined
    return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined
  } catch {
    return undefined // an opaque token may contain dots
  }
}
