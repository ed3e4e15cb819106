import type { Problem } from '@millrace/core'
import { type SecurityProtocol, securityProtocols } from '../kafka-options.js'
import { type Pem, readPem } from './pem.js'
import { oauthVariables, readSasl, saslVariables, type SaslSettings } from './read-sasl.js'
import { outranks, type Setting, type Settings } from './settings.js'
import type { VariableName } from './variables.js'

/** How to speak to the brokers. */
export interface Security {
  /** Undefined: no TLS. Without a CA the system's authorities count. */
  readonly tls: { readonly ca?: Pem; readonly cert?: Pem; readonly key?: Pem } | undefined
  readonly sasl: SaslSettings | undefined
}

export interface SecurityReading {
  readonly security: Security
  readonly problems: readonly Problem[]
}

const tlsVariables = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const

/** What code can bring along and no variable can say. */
export interface SecurityInCode {
  readonly hasTokenSource?: boolean
}

/** Reads protocol, SASL and TLS together; values are never part of a problem where they may be secret. */
export function readSecurity(settings: Settings, { hasTokenSource = false }: SecurityInCode = {}): SecurityReading {
  const problems: Problem[] = []
  const given = protocolSaid(settings, problems)
  const protocol = readProtocol(given)
  if (protocol === undefined) problems.push(wrongProtocol(given))
  if (protocol === undefined || problems.length > 0) return { security: { tls: undefined, sasl: undefined }, problems }

  const hasSasl = protocol.startsWith('SASL')
  const hasTls = protocol.endsWith('SSL')
  if (!hasSasl)
    problems.push(
      ...unused(
        settings,
        [...saslVariables, ...oauthVariables],
        given,
        hasTls ? 'SASL_SSL' : 'SASL_SSL or SASL_PLAINTEXT',
      ),
    )
  if (!hasTls) problems.push(...unused(settings, tlsVariables, given, hasSasl ? 'SASL_SSL' : 'SSL or SASL_SSL'))
  const sasl = hasSasl ? readSasl(settings, { protocol, hasTokenSource, problems }) : undefined
  const tls = hasTls ? readTls(settings, problems) : undefined
  return { security: { tls, sasl }, problems }
}

const readProtocol = (given: Setting | undefined): SecurityProtocol | undefined =>
  given === undefined ? 'PLAINTEXT' : securityProtocols.find((known) => known === given.text.trim().toUpperCase())

/** The protocol, or the one that `KAFKA_SSL` stands for where that counts more. */
export function protocolSaid(settings: Settings, problems: Problem[]): Setting | undefined {
  const [short, long] = [settings('KAFKA_SSL'), settings('KAFKA_SECURITY_PROTOCOL')]
  if (short === undefined || (long !== undefined && outranks(long, short))) return long
  const { where, origin } = short
  const text = short.text.trim().toLowerCase()
  if (text !== 'true' && text !== 'false') {
    const fix = 'use true or false; certificates are KAFKA_SSL_CA, KAFKA_SSL_CERT and KAFKA_SSL_KEY'
    problems.push({ where, problem: 'is neither true nor false', fix })
    return undefined
  }
  const hasSasl = saslVariables.some((name) => settings(name) !== undefined)
  const meant = `${hasSasl ? 'SASL_' : ''}${text === 'true' ? 'SSL' : 'PLAINTEXT'}`
  if (long?.origin !== origin) return { text: meant, where, origin }
  const isSame = long.text.trim().toUpperCase().endsWith('SSL') === (text === 'true')
  const problem = `is set beside ${long.where} to something else`
  if (!isSame) problems.push({ where, problem, fix: 'set only one of the two' })
  return long
}

const wrongProtocol = (given: Setting | undefined): Problem => ({
  where: given?.where ?? 'KAFKA_SECURITY_PROTOCOL',
  problem: `${JSON.stringify(given?.text)} is not a security protocol`,
  fix: `use one of ${securityProtocols.join(', ')}`,
})

/** Settings that the protocol has no use for. A protocol that counts more switches off what was said below it for another one. */
function unused(
  settings: Settings,
  names: readonly VariableName[],
  protocol: Setting | undefined,
  wanted: string,
): readonly Problem[] {
  const inForce = names
    .flatMap((name) => settings(name) ?? [])
    .filter((setting) => protocol === undefined || !outranks(protocol, setting))
  const current =
    protocol === undefined ? 'is not set, which means PLAINTEXT' : `is ${protocol.text.trim().toUpperCase()}`
  return inForce.map(({ where }) => ({
    where,
    problem: `is set, but KAFKA_SECURITY_PROTOCOL ${current} and does not use it`,
    fix: `set KAFKA_SECURITY_PROTOCOL to ${wanted}, or remove it`,
  }))
}

function readTls(settings: Settings, problems: Problem[]): Security['tls'] {
  const [ca, cert, key] = tlsVariables.map((name) => readPem(settings(name), name, problems))
  for (const [one, other] of [
    ['KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'],
    ['KAFKA_SSL_KEY', 'KAFKA_SSL_CERT'],
  ] as const) {
    if (settings(one) === undefined || settings(other) !== undefined) continue
    problems.push({ where: other, problem: `is not set, and ${one} is of no use without it`, fix: 'set both or none' })
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}
