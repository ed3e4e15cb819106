import type { Problem } from '@millrace/core'
import { type PresetName, presetNames } from '../kafka-options.js'
import type { CodeValues, Settings } from './settings.js'
import type { VariableName } from './variables.js'

/** What is usual on one kind of cluster. Each value is a default: code, the config file and the environment stand above it. */
export interface Preset {
  readonly name: PresetName
  readonly doc: string
  readonly values: CodeValues
  /** What has to be said besides, and what it is there. */
  readonly needs: Readonly<Partial<Record<VariableName, string>>>
  /** Whether the brokers speak TLS and nothing else. */
  readonly isTlsOnly: boolean
  /** What goes wrong on this kind of cluster in particular. */
  readonly check?: (settings: Settings) => PresetFindings
}

export interface PresetFindings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

const credentials = {
  KAFKA_SASL_USERNAME: 'the user',
  KAFKA_SASL_PASSWORD: 'its password',
}
const connectionStringUser = '$ConnectionString'
const wholeConnectionString = /^\s*Endpoint=sb:\/\/[^;\s]+;SharedAccessKeyName=[^;]+;SharedAccessKey=[^;]+/

export const presets: { readonly [Name in PresetName]: Preset } = {
  local: {
    name: 'local',
    doc: 'A broker on this machine: the embedded one, a container, Kafka or Redpanda without security.',
    values: { KAFKA_BROKERS: 'localhost:9092', KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' },
    needs: {},
    isTlsOnly: false,
  },
  'confluent-cloud': {
    name: 'confluent-cloud',
    doc: 'Port 9092. User and password are an API key of the cluster and its secret. The schema registry has API keys of its own.',
    values: { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'plain' },
    needs: { KAFKA_SASL_USERNAME: 'an API key of the cluster', KAFKA_SASL_PASSWORD: 'the secret of that API key' },
    isTlsOnly: true,
    check: checkConfluent,
  },
  redpanda: {
    name: 'redpanda',
    doc: 'Redpanda Cloud, or one with SASL and TLS; without them it is `local`. Its schema registry is on port 8081, on a cloud cluster 30081.',
    values: { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'scram-sha-256' },
    needs: credentials,
    isTlsOnly: false,
  },
  'event-hubs': {
    name: 'event-hubs',
    doc: 'Port 9093. The user is literally `$ConnectionString`, which the preset sets: a shell replaces it unless it is in single quotes, and a compose file wants `$$ConnectionString`. The password is the whole connection string, from `Endpoint=sb://` on.',
    values: {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: connectionStringUser,
    },
    needs: { KAFKA_SASL_PASSWORD: 'the connection string of the namespace, from Endpoint=sb:// on' },
    isTlsOnly: true,
    check: checkEventHubs,
  },
  'msk-scram': {
    name: 'msk-scram',
    doc: 'Amazon MSK with SCRAM: port 9096, or 9196 from outside the VPC. The credentials are those of the secret that is associated with the cluster.',
    values: { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'scram-sha-512' },
    needs: credentials,
    isTlsOnly: true,
    check: (settings) => ({ problems: [], warnings: otherPorts(settings, 'msk-scram', ['9096', '9196']) }),
  },
}

export function presetNamed(text: string): Preset | undefined {
  const name = presetNames.find((known) => known === text.trim().toLowerCase())
  return name === undefined ? undefined : presets[name]
}

function checkConfluent(settings: Settings): PresetFindings {
  const warnings = otherPorts(settings, 'confluent-cloud', ['9092'])
  if (settings('SCHEMA_REGISTRY_URL') === undefined) return { problems: [], warnings }
  const user = settings('SCHEMA_REGISTRY_USERNAME')
  if (user !== undefined && user.text === settings('KAFKA_SASL_USERNAME')?.text)
    warnings.push(`${user.where} is the API key of the cluster: the schema registry has API keys of its own`)
  const problems = (['SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD'] as const)
    .filter((name) => settings(name) === undefined)
    .map((where) => ({
      where,
      problem: 'is not set, and the schema registry of the preset confluent-cloud needs it',
      fix: 'set it to an API key of the registry, and its secret; the key of the cluster is another one',
    }))
  return { problems, warnings }
}

function checkEventHubs(settings: Settings): PresetFindings {
  const problems: Problem[] = []
  const warnings = otherPorts(settings, 'event-hubs', ['9093'])
  if (settings('KAFKA_SASL_MECHANISM')?.text.trim().toLowerCase() !== 'plain') return { problems, warnings }
  const [user, password] = [settings('KAFKA_SASL_USERNAME'), settings('KAFKA_SASL_PASSWORD')]
  // What stands there may be the connection string, so it is not shown.
  if (user !== undefined && user.text.trim() !== connectionStringUser) {
    const problem = `is not ${connectionStringUser}, the one user that Event Hubs has`
    const fix = 'remove it: the preset sets it. A shell replaces it outside of single quotes, compose files want $$'
    problems.push({ where: user.where, problem, fix })
  }
  if (password !== undefined && !wholeConnectionString.test(password.text)) {
    const problem = 'is not a whole connection string (Endpoint=sb://...;SharedAccessKeyName=...;SharedAccessKey=...)'
    const fix = 'copy all of it and put it in quotes: a shell ends it at the first semicolon'
    problems.push({ where: password.where, problem, fix })
  }
  return { problems, warnings }
}

/** A warning and no refusal: a proxy or a private link may have any port. */
const otherPorts = (settings: Settings, preset: PresetName, ports: readonly string[]): string[] =>
  (settings('KAFKA_BROKERS') ?? settings('KAFKA_BOOTSTRAP_SERVERS'))?.text
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => !broker.includes('@') && /:\d+$/.test(broker))
    .filter((broker) => !ports.some((port) => broker.endsWith(`:${port}`)))
    .map(
      (broker) => `${broker} has another port than ${ports.join(' or ')}, which is usual for the preset ${preset}`,
    ) ?? []
