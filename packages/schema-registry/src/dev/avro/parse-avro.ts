import { isList, isObject, type Json, type JsonObject } from '../schemas/json-value.js'
import { InvalidSchema } from '../schemas/parsed-schema.js'
import { type AvroNames, checkName, fullNameOf, isPrimitive } from './avro-names.js'
import {
  type AvroEnum,
  type AvroField,
  type AvroFixed,
  type AvroRecord,
  type AvroType,
  namespaceOf,
} from './avro-type.js'
import { isDefaultOf } from './is-default-of.js'

/** A schema of Avro 1.11 as a graph. Throws InvalidSchema. */
export function parseAvro(value: Json, names: AvroNames, namespace = ''): AvroType {
  if (typeof value === 'string') return isPrimitive(value) ? { kind: value, extra: {} } : names.find(value, namespace)
  if (isList(value)) return parseUnion(value, names, namespace)
  if (!isObject(value)) throw new InvalidSchema(`No schema: ${JSON.stringify(value)}`)

  const { type } = value
  if (type === 'record' || type === 'error') return parseRecord(value, names, namespace)
  if (type === 'enum') return parseEnum(value, names, namespace)
  if (type === 'fixed') return parseFixed(value, names, namespace)
  if (type === 'array') {
    const items = parseAvro(required(value, 'items'), names, namespace)
    return { kind: 'array', items, extra: without(value, 'type', 'items') }
  }
  if (type === 'map') {
    const values = parseAvro(required(value, 'values'), names, namespace)
    return { kind: 'map', values, extra: without(value, 'type', 'values') }
  }
  if (typeof type === 'string' && isPrimitive(type)) return { kind: type, extra: without(value, 'type') }
  if (type === undefined) throw new InvalidSchema(`No "type" attribute: ${JSON.stringify(value)}`)
  return parseAvro(type, names, namespace)
}

function parseUnion(branches: readonly Json[], names: AvroNames, namespace: string): AvroType {
  const seen = new Set<string>()
  const parsed = branches.map((branch) => {
    const type = parseAvro(branch, names, namespace)
    if (type.kind === 'union') throw new InvalidSchema('Nested union')
    const name = 'name' in type ? type.name : type.kind
    if (seen.has(name)) throw new InvalidSchema(`Duplicate in union: ${name}`)
    seen.add(name)
    return type
  })
  return { kind: 'union', branches: parsed }
}

function parseRecord(value: JsonObject, names: AvroNames, outer: string): AvroRecord {
  const list = value['fields']
  if (!isList(list)) throw new InvalidSchema('Record has no fields')
  const fields: AvroField[] = []
  const head = headOf(value, outer)
  const extra = without(value, ...headNames, 'fields')
  const record: AvroRecord = names.add({ kind: 'record', isError: value['type'] === 'error', ...head, fields, extra })
  for (const field of list) fields.push(parseField(field, fields, names, namespaceOf(record.name)))
  return record
}

function parseField(value: Json, before: readonly AvroField[], names: AvroNames, namespace: string): AvroField {
  if (!isObject(value)) throw new InvalidSchema(`No field: ${JSON.stringify(value)}`)
  const name = checkName(textOf(value, 'name'), 'field')
  if (before.some((one) => one.name === name)) throw new InvalidSchema(`Duplicate field ${name}`)
  const type = parseAvro(required(value, 'type'), names, namespace)
  const field = {
    name,
    type,
    aliases: textsOf(value, 'aliases'),
    extra: without(value, 'name', 'type', 'aliases', 'default'),
  }
  const { default: standard } = value
  if (standard === undefined) return field
  if (!isDefaultOf(type, standard)) {
    throw new InvalidSchema(`Invalid default for field ${name}: ${JSON.stringify(standard)}`)
  }
  return { ...field, default: { value: standard } }
}

function parseEnum(value: JsonObject, names: AvroNames, namespace: string): AvroEnum {
  const symbols = textsOf(value, 'symbols')
  if (!isList(value['symbols'])) throw new InvalidSchema('Enum has no symbols')
  if (new Set(symbols).size < symbols.length) throw new InvalidSchema('Duplicate enum symbol')
  for (const symbol of symbols) checkName(symbol, 'symbol')
  const { default: standard } = value
  const head = headOf(value, namespace)
  const type = { kind: 'enum', ...head, symbols, extra: without(value, ...headNames, 'symbols', 'default') } as const
  if (standard === undefined) return names.add(type)
  if (typeof standard !== 'string' || !symbols.includes(standard)) {
    throw new InvalidSchema(`The enum default is no symbol of it: ${JSON.stringify(standard)}`)
  }
  return names.add({ ...type, default: standard })
}

function parseFixed(value: JsonObject, names: AvroNames, namespace: string): AvroFixed {
  const { size } = value
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw new InvalidSchema('Invalid or no size')
  return names.add({ kind: 'fixed', ...headOf(value, namespace), size, extra: without(value, ...headNames, 'size') })
}

const headNames = ['type', 'name', 'namespace', 'aliases']

function headOf(value: JsonObject, outer: string): { name: string; aliases: readonly string[] } {
  const { namespace } = value
  const own = typeof namespace === 'string' ? namespace : outer
  const name = fullNameOf(textOf(value, 'name'), own)
  return { name, aliases: textsOf(value, 'aliases').map((alias) => fullNameOf(alias, namespaceOf(name))) }
}

function required(value: JsonObject, name: string): Json {
  const found = value[name]
  if (found === undefined) throw new InvalidSchema(`No "${name}" attribute: ${JSON.stringify(value)}`)
  return found
}

function textOf(value: JsonObject, name: string): string {
  const found = required(value, name)
  if (typeof found === 'string') return found
  throw new InvalidSchema(`"${name}" is no text: ${JSON.stringify(value)}`)
}

function textsOf(value: JsonObject, name: string): readonly string[] {
  const found = value[name] ?? []
  if (isList(found) && found.every((one) => typeof one === 'string')) return found
  throw new InvalidSchema(`"${name}" is no list of texts: ${JSON.stringify(value)}`)
}

const without = (value: JsonObject, ...left: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !left.includes(name)))
