import type { BrokerOptions, TopicOptions } from './broker-options.js'
import { BrokerOptionsError } from './broker-options.js'
import type { Clock } from './clock/clock.js'
import { systemClock } from './clock/system-clock.js'
import { type Duration, parseDuration } from './faults/duration.js'
import type { ExtraListener } from './server/doors.js'
import { checkTopicConfigs } from './topics/check-topic-config.js'
import { collisionKey, refuseTopicName } from './topics/topic-name.js'
import { maxPartitions, type TopicSpec } from './topics/topics.js'

/** Options as the broker uses them: checked, complete, durations in milliseconds, sizes in bytes. */
export interface ResolvedOptions {
  readonly topics: readonly TopicSpec[]
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
  readonly host: string
  readonly port: number
  readonly tcp: boolean
  readonly listeners: readonly ExtraListener[]
  readonly nodeId: number
  readonly clock: Clock
  readonly seed: number | undefined
  readonly memoryLimitBytes: number
  readonly groups: {
    readonly minSessionMs: number
    readonly maxSessionMs: number
    readonly initialRebalanceDelayMs: number
    readonly maxGroupSize: number
    readonly offsetMetadataMaxBytes: number
  }
  readonly transactions: { readonly maxTimeoutMs: number; readonly reaperIntervalMs: number }
}

const int32Max = 2_147_483_647

/** @throws BrokerOptionsError with all problems at once. */
export function resolveOptions(options: BrokerOptions = {}): ResolvedOptions {
  const problems: string[] = []
  const read = optionReader(problems)
  const { groups = {}, transactions = {} } = options
  const defaultPartitions = read.whole('defaultPartitions', options.defaultPartitions, 1, 1, maxPartitions)
  const resolved: ResolvedOptions = {
    topics: read.topics(options.topics ?? {}, defaultPartitions),
    autoCreateTopics: options.autoCreateTopics ?? false,
    defaultPartitions,
    host: read.host(options.host),
    port: read.whole('port', options.port, 0, 0, 65_535),
    tcp: options.tcp ?? true,
    listeners: read.listeners(options),
    nodeId: read.whole('nodeId', options.nodeId, 0, 0, int32Max),
    clock: options.clock ?? systemClock,
    seed: options.seed === undefined ? undefined : read.whole('seed', options.seed, 0, -int32Max, int32Max),
    memoryLimitBytes: read.bytes('memoryLimit', options.memoryLimit, 256 * 1024 ** 2),
    groups: {
      minSessionMs: read.duration('groups.minSessionTimeout', groups.minSessionTimeout, 6_000),
      maxSessionMs: read.duration('groups.maxSessionTimeout', groups.maxSessionTimeout, 1_800_000),
      initialRebalanceDelayMs: read.duration('groups.initialRebalanceDelay', groups.initialRebalanceDelay, 0),
      maxGroupSize: read.whole('groups.maxSize', groups.maxSize, int32Max, 1, int32Max),
      offsetMetadataMaxBytes: read.whole(
        'groups.offsetMetadataMaxBytes',
        groups.offsetMetadataMaxBytes,
        4096,
        0,
        int32Max,
      ),
    },
    transactions: {
      maxTimeoutMs: read.duration('transactions.maxTimeout', transactions.maxTimeout, 900_000),
      reaperIntervalMs: read.duration('transactions.reaperInterval', transactions.reaperInterval, 10_000),
    },
  }
  const { minSessionMs, maxSessionMs } = resolved.groups
  if (minSessionMs > maxSessionMs) {
    problems.push(
      `groups.minSessionTimeout (${minSessionMs} ms) is above groups.maxSessionTimeout (${maxSessionMs} ms)`,
    )
  }
  if (problems.length > 0) throw new BrokerOptionsError(problems)
  return resolved
}

function optionReader(problems: string[]) {
  const whole = (path: string, value: number | undefined, fallback: number, min: number, max: number): number => {
    if (value === undefined) return fallback
    if (Number.isInteger(value) && value >= min && value <= max) return value
    problems.push(`${path} is ${String(value)}: it is a whole number from ${min} to ${max}`)
    return fallback
  }
  return {
    whole,
    duration(path: string, value: Duration | undefined, fallback: number): number {
      const ms = value === undefined ? fallback : parseDuration(value)
      if (ms === undefined)
        problems.push(`${path} is ${String(value)}: it is milliseconds, or a text such as '250ms', '2s' or '1m'`)
      return ms ?? fallback
    },
    bytes(path: string, value: number | string | undefined, fallback: number): number {
      const bytes = value === undefined ? fallback : parseBytes(value)
      if (bytes === undefined)
        problems.push(`${path} is ${String(value)}: it is bytes, or a text such as '64MiB' or '1GiB'`)
      return bytes ?? fallback
    },
    host(value: string | undefined): string {
      if (value === '') problems.push("host is empty: it is an address or a name, such as '127.0.0.1'")
      return value ?? '127.0.0.1'
    },
    listeners({ listeners = {}, tcp = true }: BrokerOptions): ExtraListener[] {
      const named = Object.entries(listeners)
      if (!tcp && named.length > 0) problems.push('listeners are ports, and with tcp: false there are none')
      return named.map(([name, { port, advertised }]) => {
        const path = `listeners.${name}`
        if (advertised !== undefined) {
          if (advertised.host === '') problems.push(`${path}.advertised.host is empty: it is an address or a name`)
          whole(`${path}.advertised.port`, advertised.port, 0, 1, 65_535)
        }
        return { name, port: whole(`${path}.port`, port, 0, 0, 65_535), advertised }
      })
    },
    topics(topics: Readonly<Record<string, number | TopicOptions>>, defaultPartitions: number): TopicSpec[] {
      const specs = Object.entries(topics).map(([name, given]): TopicSpec => {
        const { partitions, config = {} }: TopicOptions = typeof given === 'number' ? { partitions: given } : given
        const spec = {
          name,
          partitions: whole(`topics.${name}`, partitions, defaultPartitions, 1, maxPartitions),
          config: new Map(Object.entries(config).map(([key, value]) => [key, String(value)])),
        }
        const refusal = refuseTopicName(name) ?? checkTopicConfigs(spec.config)
        if (refusal !== undefined) problems.push(`topics.${name}: ${refusal.errorMessage}`)
        return spec
      })
      problems.push(...collisionsOf(specs))
      return specs
    },
  }
}

function collisionsOf(specs: readonly TopicSpec[]): string[] {
  const seen = new Map<string, string>()
  const problems: string[] = []
  for (const { name } of specs) {
    const other = seen.get(collisionKey(name))
    if (other !== undefined)
      problems.push(`topics.${name} collides with topics.${other}: "." and "_" count as the same`)
    seen.set(collisionKey(name), name)
  }
  const partitions = specs.reduce((sum, spec) => sum + spec.partitions, 0)
  if (partitions > maxPartitions)
    problems.push(`topics have ${partitions} partitions together: at most ${maxPartitions}`)
  return problems
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 }

/** Undefined for what is no size. */
function parseBytes(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 ? value : undefined
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim()) ?? []
  const factor = unitBytes[unit.toLowerCase()]
  const bytes = amount === '' || factor === undefined ? 0 : Math.floor(Number(amount) * factor)
  return bytes > 0 ? bytes : undefined
}
