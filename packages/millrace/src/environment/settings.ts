import type { KafkaOptions } from '../kafka-options.js'
import { presetNamed } from './presets.js'
import { type VariableName, variableNames, variableOf, type Env } from './variables.js'

/** Who said it. Of two that say something about one setting the later one of this list counts. */
const origins = ['preset', 'code', 'file', 'environment'] as const
export type Origin = (typeof origins)[number]

export interface Setting {
  readonly text: string
  /** The variable, the place in the config file, the option or the preset, for messages. */
  readonly where: string
  readonly origin: Origin
}

/** What is said about each variable outside of code: the environment above the config file. */
export type Said = ReadonlyMap<VariableName, Setting>

/** What code says, under the names of the variables that override it. */
export type CodeValues = Readonly<Partial<Record<VariableName, string | undefined>>>

export type Settings = (name: VariableName) => Setting | undefined

/** Variables that are set and not empty. */
export const saidBy = (env: Env): Said =>
  new Map(
    variableNames.flatMap((name) => {
      const text = env[name]
      return text === undefined || text.trim() === '' ? [] : [[name, { text, where: name, origin: 'environment' }]]
    }),
  )

/** The value of each variable: from the environment, else the config file, else code, else the preset that one of them names. */
export function createSettings(said: Said, code: CodeValues = {}): Settings {
  const saidOrCoded: Settings = (name) => {
    const text = code[name]
    const where = `option ${variableOf(name).option ?? name}`
    return said.get(name) ?? (text === undefined ? undefined : { text, where, origin: 'code' })
  }
  const named = saidOrCoded('KAFKA_PRESET')
  const preset = named === undefined ? undefined : presetNamed(named.text)
  return (name) => {
    const text = preset?.values[name]
    const assumed =
      text === undefined ? undefined : ({ text, where: `preset ${preset?.name}`, origin: 'preset' } as const)
    return saidOrCoded(name) ?? assumed
  }
}

/** Whether one of two settings was said where it counts more. */
export const outranks = (one: Setting, other: Setting): boolean =>
  origins.indexOf(one.origin) > origins.indexOf(other.origin)

export const valuesOfKafka = ({
  brokers,
  preset,
  clientId,
  securityProtocol,
  sasl,
  ssl,
}: KafkaOptions): CodeValues => ({
  KAFKA_BROKERS: typeof brokers === 'string' ? brokers : brokers?.join(','),
  KAFKA_PRESET: preset,
  KAFKA_CLIENT_ID: clientId,
  KAFKA_SECURITY_PROTOCOL: securityProtocol,
  KAFKA_SASL_MECHANISM: sasl?.mechanism,
  KAFKA_SASL_USERNAME: sasl?.username,
  KAFKA_SASL_PASSWORD: sasl?.password,
  KAFKA_SASL_OAUTH_TOKEN_URL: sasl?.oauth?.tokenUrl,
  KAFKA_SASL_OAUTH_CLIENT_ID: sasl?.oauth?.clientId,
  KAFKA_SASL_OAUTH_CLIENT_SECRET: sasl?.oauth?.clientSecret,
  KAFKA_SASL_OAUTH_SCOPE: sasl?.oauth?.scope,
  KAFKA_SSL_CA: ssl?.ca,
  KAFKA_SSL_CERT: ssl?.cert,
  KAFKA_SSL_KEY: ssl?.key,
})

/** What the options of a process say, under the names of the variables that override them. */
export interface ProcessOptions {
  readonly logLevel?: string | undefined
  readonly ops?: OpsOptions | undefined
}

/** The ops endpoints of a process, and beside them the admin verbs, which are off unless a port and a token are given. */
export type OpsOptions =
  | false
  | {
      readonly port?: number
      readonly host?: string
      readonly admin?: { readonly port: number; readonly host?: string; readonly token: string }
    }

export const valuesOfProcess = ({ logLevel, ops }: ProcessOptions): CodeValues => ({
  LOG_LEVEL: logLevel,
  OPS_PORT: ops === false ? 'off' : ops?.port?.toString(),
  ...(ops === false || ops === undefined
    ? {}
    : {
        OPS_HOST: ops.host,
        OPS_ADMIN_PORT: ops.admin?.port.toString(),
        OPS_ADMIN_HOST: ops.admin?.host,
        OPS_ADMIN_TOKEN: ops.admin?.token,
      }),
})
