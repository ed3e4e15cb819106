import type { KafkaOptions } from '../kafka-options.js'

/** Every variable that millrace reads, and the option in code that it stands above. `docs` shows this table. */
export const environmentVariables = {
  KAFKA_BROKERS: { option: 'kafka.brokers', doc: 'Addresses to start from: `host:port`, comma-separated.' },
  KAFKA_BOOTSTRAP_SERVERS: { option: undefined, doc: 'Another name of `KAFKA_BROKERS`.' },
  KAFKA_CLIENT_ID: {
    option: 'kafka.clientId',
    doc: "What the brokers' logs and quotas call this process. Default: `millrace`.",
  },
  KAFKA_GROUP_INSTANCE_ID: {
    option: 'instanceId',
    doc: 'Makes the members of this process static: one id per running process, such as the name of its StatefulSet pod.',
  },
  KAFKA_INSTANCE_ID: {
    option: undefined,
    doc: 'The second half of the transactional ids of this process, where the option `transactionalInstance` is not set. Default: `instanceId`, else random, which is right for most.',
  },
  KAFKA_SECURITY_PROTOCOL: {
    option: 'kafka.securityProtocol',
    doc: '`PLAINTEXT` (default), `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`: what the listener of the brokers speaks.',
  },
  KAFKA_SASL_MECHANISM: {
    option: 'kafka.sasl.mechanism',
    doc: '`plain`, `scram-sha-256` or `scram-sha-512`, in any case.',
  },
  KAFKA_SASL_USERNAME: { option: 'kafka.sasl.username', doc: 'The user.' },
  KAFKA_SASL_PASSWORD: { option: 'kafka.sasl.password', doc: 'The password. Never printed.' },
  KAFKA_SSL_CA: {
    option: 'kafka.ssl.ca',
    doc: "The certificate authority of the brokers: PEM text, with `\\n` for line breaks where the platform needs it, or the path of a PEM file. Default: the system's authorities.",
  },
  KAFKA_SSL_CERT: {
    option: 'kafka.ssl.cert',
    doc: 'The certificate of this client, PEM text or path, where the brokers ask for one.',
  },
  KAFKA_SSL_KEY: { option: 'kafka.ssl.key', doc: 'Its private key, PEM text or path. Never printed.' },
  LOG_LEVEL: {
    option: 'logLevel',
    doc: '`trace`, `debug`, `info` (default), `warn`, `error`, `fatal` or `silent`.',
  },
  OPS_PORT: {
    option: 'ops.port',
    doc: 'Port of `/livez`, `/readyz`, `/metrics` and `/inspect`. Default: 9464, skipped with a warning where it is taken; 0 takes any free one, `off` opens none.',
  },
  OPS_HOST: {
    option: 'ops.host',
    doc: 'Address that they listen on. Default: `127.0.0.1`; containers set `0.0.0.0`.',
  },
  SHUTDOWN_TIMEOUT: {
    option: 'shutdownTimeout',
    doc: 'How long a stop waits for running handlers, such as `25s` (default).',
  },
} as const

export type VariableName = keyof typeof environmentVariables

export type Env = Readonly<Record<string, string | undefined>>

/** What code says, under the names of the variables that override it. */
export type CodeValues = Readonly<Partial<Record<VariableName, string | undefined>>>

export interface Setting {
  readonly text: string
  /** The variable or the option, for messages. */
  readonly where: string
  readonly isFromCode: boolean
}

export type Settings = (name: VariableName) => Setting | undefined

/** The value of each variable: from the environment where it is set there and not empty, else from code. */
export const createSettings =
  (env: Env, code: CodeValues = {}): Settings =>
  (name) => {
    const fromEnv = env[name]
    if (fromEnv !== undefined && fromEnv.trim() !== '') return { text: fromEnv, where: name, isFromCode: false }
    const fromCode = code[name]
    if (fromCode === undefined) return undefined
    return { text: fromCode, where: `option ${environmentVariables[name].option ?? name}`, isFromCode: true }
  }

export const valuesOfKafka = ({ brokers, clientId, securityProtocol, sasl, ssl }: KafkaOptions): CodeValues => ({
  KAFKA_BROKERS: typeof brokers === 'string' ? brokers : brokers?.join(','),
  KAFKA_CLIENT_ID: clientId,
  KAFKA_SECURITY_PROTOCOL: securityProtocol,
  KAFKA_SASL_MECHANISM: sasl?.mechanism,
  KAFKA_SASL_USERNAME: sasl?.username,
  KAFKA_SASL_PASSWORD: sasl?.password,
  KAFKA_SSL_CA: ssl?.ca,
  KAFKA_SSL_CERT: ssl?.cert,
  KAFKA_SSL_KEY: ssl?.key,
})
