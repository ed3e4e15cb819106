import { parseArgs } from 'node:util'
import type { BrokerOptions } from '../broker-options.js'

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly problem: string }
  | { readonly kind: 'run'; readonly options: BrokerOptions; readonly output: 'text' | 'json' | 'quiet' }

export const usage = `Usage: millrace-broker [options]

A broker that speaks Kafka's protocol, in one process and in memory: for development and tests.

  --port <number>       port to listen on (default: 9092; 0 takes any that is free)
  --host <address>      address to listen on (default: 127.0.0.1)
  --topic <name[:n]>    creates a topic with n partitions; may be given more than once
  --auto-create         creates a topic when a client asks for its metadata
  --partitions <n>      partitions of topics that are given without a number (default: 1)
  --memory <size>       what all logs may hold together, such as 512MiB (default: 256MiB)
  --seed <number>       ids follow from it: the same requests give the same run
  --quiet               says where it listens and what it has done, and nothing between
  --json                one JSON object per line instead of text
  --help, --version
`

const spec = {
  port: { type: 'string' },
  host: { type: 'string' },
  topic: { type: 'string', multiple: true },
  'auto-create': { type: 'boolean' },
  partitions: { type: 'string' },
  memory: { type: 'string' },
  seed: { type: 'string' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

/** What the command line asks for. What its values may be is checked when the broker starts. */
export function parseArguments(argv: readonly string[]): Command {
  let values
  try {
    values = parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values
  } catch (error) {
    // Its messages name the option and what is wrong with it.
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) }
  }
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  return {
    kind: 'run',
    options: {
      port: numberOf(values.port) ?? 9092,
      topics: Object.fromEntries((values.topic ?? []).map(topicOf)),
      autoCreateTopics: values['auto-create'] ?? false,
      ...defined('host', values.host),
      ...defined('defaultPartitions', numberOf(values.partitions)),
      ...defined('memoryLimit', values.memory),
      ...defined('seed', numberOf(values.seed)),
    },
    output: values.json === true ? 'json' : values.quiet === true ? 'quiet' : 'text',
  }
}

const defined = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value })

/** Not a number where the text is none, which the broker's options then refuse by name. */
const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : text.trim() === '' ? Number.NaN : Number(text)

function topicOf(text: string): [name: string, options: number | Record<string, never>] {
  const at = text.lastIndexOf(':')
  if (at < 0) return [text, {}]
  return [text.slice(0, at), numberOf(text.slice(at + 1)) ?? Number.NaN]
}
