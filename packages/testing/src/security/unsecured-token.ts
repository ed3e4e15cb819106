const ALGORITHM_NONE = { alg: 'none' }

export interface UnsecuredTokenOptions {
  /** From now. Default an hour. Less than 0: one that has expired. */
  readonly lifeMs?: number
}

/** A JSON Web Token without a signature (RFC 7519, section 6), as the OAUTHBEARER listener of `startSecuredBroker` takes it. */
export function unsecuredToken(user: string, { lifeMs = 3_600_000 }: UnsecuredTokenOptions = {}): string {
  const nowMs = Date.now()
  const issuedMs = Math.min(nowMs, nowMs + lifeMs - 1000)
  const claims = { sub: user, iat: issuedMs / 1000, exp: (nowMs + lifeMs) / 1000 }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(ALGORITHM_NONE)}.${part(claims)}.`
}
