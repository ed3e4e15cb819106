import type { Problem } from '@millrace/core'
import { type SaslMechanism, saslMechanisms, type SecurityProtocol } from '../kafka-options.js'
import { outranks, type Settings } from './settings.js'

/** Who we are to the brokers. */
export type SaslSettings =
  | { readonly mechanism: Exclude<SaslMechanism, 'oauthbearer'>; readonly username: string; readonly password: string }
  /** Undefined: the tokens come from a source in code. */
  | { readonly mechanism: 'oauthbearer'; readonly oauth: OauthSettings | undefined }

/** A client of an OAuth 2 server. */
export interface OauthSettings {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
}

export const saslVariables = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const
const passwordVariables = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const
export const oauthVariables = [
  'KAFKA_SASL_OAUTH_TOKEN_URL',
  'KAFKA_SASL_OAUTH_CLIENT_ID',
  'KAFKA_SASL_OAUTH_CLIENT_SECRET',
  'KAFKA_SASL_OAUTH_SCOPE',
] as const
const oauthNeeds = oauthVariables.filter((name) => name !== 'KAFKA_SASL_OAUTH_SCOPE')

export interface SaslParts {
  readonly protocol: SecurityProtocol
  /** Whether code brings a source of tokens along, which stands below a token endpoint. */
  readonly hasTokenSource: boolean
  readonly problems: Problem[]
}

/** Reads the settings of SASL for a protocol that uses it. */
export function readSasl(settings: Settings, parts: SaslParts): SaslSettings | undefined {
  const { protocol, problems } = parts
  const given = settings('KAFKA_SASL_MECHANISM')
  const mechanism = saslMechanisms.find((one) => one === given?.text.trim().toLowerCase())
  if (given === undefined) {
    const fix = `set it to ${saslMechanisms.join(', ')}`
    problems.push({ where: 'KAFKA_SASL_MECHANISM', problem: `is not set, and ${protocol} needs it`, fix })
  } else if (mechanism === undefined) {
    const problem = `${JSON.stringify(given.text)} is not a mechanism that this version speaks`
    problems.push({ where: given.where, problem, fix: `use one of ${saslMechanisms.join(', ')}` })
  }
  if (mechanism === 'oauthbearer') return { mechanism, oauth: readOauth(settings, parts) }
  const password = readPassword(settings, parts)
  problems.push(...ofOtherMechanisms(settings, oauthVariables, mechanism))
  return mechanism === undefined || password === undefined ? undefined : { mechanism, ...password }
}

function readPassword(settings: Settings, { protocol, problems }: SaslParts) {
  for (const where of passwordVariables) {
    if (settings(where) !== undefined) continue
    problems.push({ where, problem: `is not set, and ${protocol} needs it`, fix: 'set it' })
  }
  const [username, password] = passwordVariables.map((name) => settings(name)?.text)
  return username === undefined || password === undefined ? undefined : { username, password }
}

function readOauth(settings: Settings, { hasTokenSource, problems }: SaslParts): OauthSettings | undefined {
  problems.push(...ofOtherMechanisms(settings, passwordVariables, 'oauthbearer'))
  if (hasTokenSource && oauthVariables.every((name) => settings(name) === undefined)) return undefined
  for (const where of oauthNeeds) {
    if (settings(where) !== undefined) continue
    const fix = 'set it, or pass a token source in code (kafka.sasl.token)'
    problems.push({ where, problem: 'is not set, and the mechanism oauthbearer needs it', fix })
  }
  const [url, clientId, clientSecret, scope] = oauthVariables.map((name) => settings(name)?.text)
  const tokenUrl = url?.trim()
  if (tokenUrl !== undefined && !isHttpUrl(tokenUrl)) {
    // It is not shown: what stands in the wrong variable may be the secret.
    const where = settings('KAFKA_SASL_OAUTH_TOKEN_URL')?.where ?? 'KAFKA_SASL_OAUTH_TOKEN_URL'
    const fix =
      'write the address of the token endpoint, such as https://login.example/oauth2/token, without a user in it'
    problems.push({ where, problem: 'is no http(s) address', fix })
  }
  return tokenUrl === undefined || clientId === undefined || clientSecret === undefined
    ? undefined
    : { tokenUrl, clientId: clientId.trim(), clientSecret, scope: scope?.trim() }
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** What another mechanism would use, unless it was said below the mechanism for another one. */
function ofOtherMechanisms(
  settings: Settings,
  names: readonly (typeof oauthVariables | typeof passwordVariables)[number][],
  mechanism: SaslMechanism | undefined,
): readonly Problem[] {
  const chosen = settings('KAFKA_SASL_MECHANISM')
  if (chosen === undefined || mechanism === undefined) return []
  return names
    .flatMap((name) => settings(name) ?? [])
    .filter((setting) => !outranks(chosen, setting))
    .map(({ where }) => ({
      where,
      problem: `is set, but the mechanism ${mechanism} does not use it`,
      fix: 'correct KAFKA_SASL_MECHANISM, or remove it',
    }))
}
