import { describe, expect, it } from 'vitest'
import { findKafkaJar, type KafkaField, type KafkaMessage, readKafkaMessages } from '../../tools/kafka-jar.js'
import { type Api, apis } from './apis.js'
import { type FieldLayout, messageLayout, type StructLayout } from './message-layout.js'
import * as tables from './messages/index.js'
import type { Message } from './schema.js'

// The definitions are read here by their own rules and not by those of the generator, so that an error in it shows.

const jar = findKafkaJar(process.env)
const isMissing = 'missing' in jar
const kafka = isMissing ? new Map<string, KafkaMessage>() : readKafkaMessages(jar.path)
const ours: readonly Message[] = Object.values(tables)

if (isMissing) console.log(`The message tables are not compared with Kafka's: ${jar.missing}`)

/** A field in one version, as either side says it. Lists of fields are compared in order, which is the order on the wire. */
interface FieldFacts {
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  readonly tag: number | undefined
  readonly isCompact: boolean
  readonly fallback: unknown
  readonly fields: readonly FieldFacts[] | undefined
}

const includes = (versions: string | undefined, version: number): boolean => {
  const found = /^(\d+)(?:(\+)|-(\d+))?$/.exec(versions ?? '')
  if (found === null) return false
  const first = Number(found[1])
  const last = found[2] === '+' ? Number.POSITIVE_INFINITY : Number(found[3] ?? first)
  return version >= first && version <= last
}

const zeroOf = (type: string): unknown => {
  if (type === 'string') return ''
  if (type === 'bool') return false
  if (type === 'int64') return 0n
  return /^u?int|^float/.test(type) ? 0 : undefined
}

function kafkaDefault({ type, default: written }: KafkaField): unknown {
  const zero = zeroOf(type)
  if (written === undefined) return zero
  if (written === 'null') return null
  if (typeof zero === 'bigint') return BigInt(written)
  if (typeof zero === 'number') return Number(written)
  return typeof zero === 'boolean' ? String(written) === 'true' : written
}

function kafkaFields(definition: KafkaMessage, fields: readonly KafkaField[], version: number): readonly FieldFacts[] {
  return fields
    .filter((field) => includes(field.versions, version))
    .map((field) => {
      const element = field.type.replace('[]', '')
      const inner = field.fields ?? definition.commonStructs?.find(({ name }) => name === element)?.fields
      const isArray = field.type !== element
      return {
        name: `${field.name.slice(0, 1).toLowerCase()}${field.name.slice(1)}`,
        type: inner === undefined ? field.type : isArray ? '[]struct' : 'struct',
        isNullable: includes(field.nullableVersions, version),
        tag: includes(field.taggedVersions, version) ? field.tag : undefined,
        isCompact: includes(field.flexibleVersions ?? definition.flexibleVersions, version),
        fallback: kafkaDefault(field),
        fields: inner === undefined ? undefined : kafkaFields(definition, inner, version),
      }
    })
}

const ourFields = ({ fields }: StructLayout): readonly FieldFacts[] =>
  fields.filter((field) => field.place !== 'absent').map((field) => ourField(field))

const ourField = ({ name, spec, isNullable, place, isCompact, element }: FieldLayout): FieldFacts => ({
  name,
  type: spec.type,
  isNullable,
  tag: place === 'tagged' ? spec.tag : undefined,
  isCompact,
  fallback: spec.default === undefined ? zeroOf(spec.type) : spec.default,
  fields: typeof element === 'string' ? undefined : ourFields(element),
})

const versionsOf = ({ validVersions: [first, last] }: Message): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

it.skipIf(isMissing && process.env['CI'] !== 'true')('finds the kafka-clients jar', () => {
  expect(jar).toHaveProperty('path')
})

describe.skipIf(isMissing)('message tables and the kafka-clients jar', () => {
  it.each(ours.flatMap((table) => versionsOf(table).map((version) => [table.name, version, table] as const)))(
    '%s %d has the same fields in the same order on both sides',
    (name, version, table) => {
      const definition = kafka.get(name)
      expect(definition).toBeDefined()
      if (definition === undefined) return
      expect(includes(definition.validVersions, version)).toBe(true)
      expect(ourFields(messageLayout(table, version))).toEqual(kafkaFields(definition, definition.fields, version))
    },
  )

  it.each(ours.map((table) => [table.name, table] as const))('%s is the same message', (name, table) => {
    const definition = kafka.get(name)
    expect({ apiKey: table.apiKey, type: table.type }).toEqual({
      apiKey: definition?.apiKey ?? null,
      type: definition?.type,
    })
    const isFlexible = (version: number): boolean =>
      table.flexibleVersions !== 'none' && version >= table.flexibleVersions
    for (let version = 0; version < 20; version += 1) {
      expect(isFlexible(version)).toBe(includes(definition?.flexibleVersions, version))
    }
  })

  it.each(Object.values(apis).map((api: Api) => [api.name, api] as const))('%s has its key', (name, api) => {
    expect(kafka.get(`${name}Request`)?.apiKey).toBe(api.key)
    expect(kafka.get(`${name}Response`)?.apiKey).toBe(api.key)
  })
})
