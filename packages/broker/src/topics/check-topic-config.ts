import { errorCode } from '../protocol/error-codes.js'
import { type Refusal, refuse } from './refusal.js'
import { type TopicConfigDefinition, topicConfigs } from './topic-configs.js'

/** Configs as they were set on a topic: name to value, both as text. */
export type ConfigOverrides = ReadonlyMap<string, string>

const int = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
const long = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** The first config that Kafka would not accept, in Kafka's words; undefined where all are fine. */
export function checkTopicConfigs(overrides: ReadonlyMap<string, string | null>): Refusal | undefined {
  for (const [name, value] of overrides) {
    const definition = topicConfigs.get(name)
    if (definition === undefined) return invalid(`Unknown topic config name: ${name}`)
    if (value === null) return invalid(`Null value not supported for topic configs: ${name}`)
    const why = faultOf(definition, value)
    if (why !== undefined) return invalid(`Invalid value ${shown(definition, value)} for configuration ${name}${why}`)
  }
  return conflictOf(overrides)
}

/** Java prints what it could read as a double with a fraction. */
const shown = ({ type }: TopicConfigDefinition, value: string): string =>
  type === 'double' && Number.isInteger(Number(value)) ? Number(value).toFixed(1) : value

const invalid = (message: string): Refusal => refuse(errorCode.INVALID_CONFIG, message)

function conflictOf(overrides: ReadonlyMap<string, string | null>): Refusal | undefined {
  const min = lagOf(overrides, 'min.compaction.lag.ms')
  const max = lagOf(overrides, 'max.compaction.lag.ms')
  if (min <= max) return undefined
  return invalid(`conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`)
}

const lagOf = (overrides: ReadonlyMap<string, string | null>, name: string): bigint =>
  BigInt(overrides.get(name)?.trim() ?? topicConfigs.get(name)?.default ?? '0')

function faultOf(definition: TopicConfigDefinition, value: string): string | undefined {
  const trimmed = value.trim()
  switch (definition.type) {
    case 'boolean':
      return /^(true|false)$/i.test(trimmed) ? undefined : ': Expected value to be either true or false'
    case 'string':
      return wordFault(definition, trimmed)
    case 'list':
      return listFault(definition, trimmed)
    case 'double':
      return doubleFault(definition, trimmed)
    case 'int':
      return wholeFault(definition, trimmed, int)
    case 'long':
      return wholeFault(definition, trimmed, long)
  }
}

function wordFault({ oneOf }: TopicConfigDefinition, value: string): string | undefined {
  return oneOf === undefined || oneOf.includes(value) ? undefined : `: String must be one of: ${oneOf.join(', ')}`
}

function listFault(definition: TopicConfigDefinition, value: string): string | undefined {
  if (value === '') return undefined
  for (const word of value.split(',')) {
    const why = wordFault(definition, word.trim())
    if (why !== undefined) return why
  }
  return undefined
}

function wholeFault(
  definition: TopicConfigDefinition,
  value: string,
  range: { min: bigint; max: bigint },
): string | undefined {
  const number = /^[+-]?\d{1,19}$/.test(value) ? BigInt(value.replace('+', '')) : undefined
  if (number === undefined || number < range.min || number > range.max) {
    return `: Not a number of type ${definition.type.toUpperCase()}`
  }
  return limitFault(definition, Number(number))
}

function doubleFault(definition: TopicConfigDefinition, value: string): string | undefined {
  const number = value === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? ': Not a number of type DOUBLE' : limitFault(definition, number)
}

function limitFault({ min, max }: TopicConfigDefinition, number: number): string | undefined {
  if (min !== undefined && number < min) return `: Value must be at least ${min}`
  if (max !== undefined && number > max) return `: Value must be no more than ${max}`
  return undefined
}
