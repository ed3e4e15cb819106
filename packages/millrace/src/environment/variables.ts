import { workerOptions } from '@millrace/core'

export interface Variable {
  /** The option in code, and the key in the config file, that it stands above. */
  readonly option: string | undefined
  readonly doc: string
  /** What holds where nobody says anything. */
  readonly default?: string
  /** Never printed, whatever is wrong with it. `<NAME>_FILE` may name a file that holds it. */
  readonly secret?: true
  /** An address that may hold a user and a password, which are left out where it is printed. */
  readonly url?: true
}

// An identity, so that each row keeps its literal type.
const table = <const Rows extends Readonly<Record<string, Variable>>>(rows: Rows): Rows => rows

/** Every variable that millrace reads, and the option in code that it stands above. `docs` shows this table. */
export const environmentVariables = table({
  KAFKA_BROKERS: { option: 'kafka.brokers', doc: 'Addresses to start from: `host:port`, comma-separated.' },
  KAFKA_BOOTSTRAP_SERVERS: { option: undefined, doc: 'Another name of `KAFKA_BROKERS`.' },
  KAFKA_PRESET: {
    option: 'kafka.preset',
    doc: 'What kind of cluster it is, for the defaults below this one: `local`, `confluent-cloud`, `redpanda`, `event-hubs` or `msk-scram`.',
  },
  KAFKA_CLIENT_ID: {
    option: 'kafka.clientId',
    default: 'millrace',
    doc: "What the brokers' logs and quotas call this process.",
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
    default: 'PLAINTEXT',
    doc: '`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`: what the listener of the brokers speaks.',
  },
  KAFKA_SSL: {
    option: undefined,
    doc: '`true` or `false`, instead of `KAFKA_SECURITY_PROTOCOL`: TLS or not. SASL is then on where a mechanism is set.',
  },
  KAFKA_SSL_CA: {
    option: 'kafka.ssl.ca',
    doc: "The certificate authority of the brokers: PEM text, with `\\n` for line breaks where the platform needs it, or the path of a PEM file. Default: the system's authorities.",
  },
  KAFKA_SSL_CERT: {
    option: 'kafka.ssl.cert',
    doc: 'The certificate of this client, PEM text or path, where the brokers ask for one.',
  },
  KAFKA_SSL_KEY: { option: 'kafka.ssl.key', secret: true, doc: 'Its private key, PEM text or path.' },
  KAFKA_SASL_MECHANISM: {
    option: 'kafka.sasl.mechanism',
    doc: '`plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`, in any case.',
  },
  KAFKA_SASL_USERNAME: { option: 'kafka.sasl.username', doc: 'The user.' },
  KAFKA_SASL_PASSWORD: { option: 'kafka.sasl.password', secret: true, doc: 'The password.' },
  KAFKA_SASL_OAUTH_TOKEN_URL: {
    option: 'kafka.sasl.oauth.tokenUrl',
    url: true,
    doc: 'Where `oauthbearer` gets its tokens: the token endpoint of an OAuth 2 server, asked with the client credentials grant.',
  },
  KAFKA_SASL_OAUTH_CLIENT_ID: { option: 'kafka.sasl.oauth.clientId', doc: 'Who asks for the token.' },
  KAFKA_SASL_OAUTH_CLIENT_SECRET: {
    option: 'kafka.sasl.oauth.clientSecret',
    secret: true,
    doc: 'The secret of that client.',
  },
  KAFKA_SASL_OAUTH_SCOPE: {
    option: 'kafka.sasl.oauth.scope',
    doc: 'The scopes that are asked for, separated by spaces, where the server wants any.',
  },
  SCHEMA_REGISTRY_URL: {
    option: 'schemaRegistry.url',
    url: true,
    doc: 'Where the schemas of `@millrace/schema-registry` are, such as `http://localhost:8081`.',
  },
  SCHEMA_REGISTRY_USERNAME: { option: 'schemaRegistry.username', doc: 'The user of the registry.' },
  SCHEMA_REGISTRY_PASSWORD: { option: 'schemaRegistry.password', secret: true, doc: 'The password of the registry.' },
  SCHEMA_REGISTRY_REGISTER: {
    option: 'schemaRegistry.register',
    default: 'never',
    doc: '`start` registers the schemas of written topics when a worker starts; `never` needs them registered by the deploy.',
  },
  LOG_LEVEL: {
    option: 'logLevel',
    default: 'info',
    doc: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
  },
  OPS_PORT: {
    option: 'ops.port',
    default: '9464',
    doc: 'Port of `/livez`, `/readyz`, `/startupz`, `/metrics`, `/info` and `/inspect`. The default is skipped with a warning where it is taken; 0 takes any free one, `off` opens none.',
  },
  OPS_HOST: {
    option: 'ops.host',
    default: '127.0.0.1',
    doc: 'Address that they listen on; containers set `0.0.0.0`.',
  },
  OPS_ADMIN_PORT: {
    option: 'ops.admin.port',
    default: 'off',
    doc: 'Port of the admin verbs, which pause, resume, seek and change the log level. Needs a token.',
  },
  OPS_ADMIN_HOST: {
    option: 'ops.admin.host',
    default: '127.0.0.1',
    doc: 'Address that they listen on. Whoever reaches it and has the token may stop and replay work: leave it, and go there by a port forward.',
  },
  OPS_ADMIN_TOKEN: {
    option: 'ops.admin.token',
    secret: true,
    doc: 'The bearer token that the admin verbs ask for: at least 16 characters.',
  },
  SHUTDOWN_TIMEOUT: {
    option: 'shutdownTimeout',
    default: workerOptions.shutdownTimeout.default,
    doc: 'How long a stop waits for running handlers.',
  },
  MILLRACE_CONFIG: {
    option: undefined,
    doc: 'Path of the config file. Default: `millrace.config.json`, `.yaml` or `.yml` in the working folder, where there is one.',
  },
})

export type VariableName = keyof typeof environmentVariables

export type Env = Readonly<Record<string, string | undefined>>

export const variableNames: readonly VariableName[] = Object.keys(environmentVariables).filter(isVariableName)

export function isVariableName(name: string): name is VariableName {
  return Object.hasOwn(environmentVariables, name)
}

/** The row of a variable, as what all rows have in common. */
export const variableOf = (name: VariableName): Variable => environmentVariables[name]
