import type { Json, JsonObject } from '../schemas/json-value.js'
import { type AvroField, type AvroType, isNamed, type NamedAvroType, namespaceOf, unqualified } from './avro-type.js'

/**
 * A schema as JSON in one spelling: attributes in one order, a name split into name and namespace, the namespace only where it
 * changes, a named type in full where it is used first. So two texts that mean one schema become the same text.
 */
export function writeAvro(type: AvroType, known: ReadonlySet<string> = new Set()): Json {
  return write(type, '', new Set(known))
}

function write(type: AvroType, namespace: string, known: Set<string>): Json {
  if (type.kind === 'union') return type.branches.map((branch) => write(branch, namespace, known))
  if (isNamed(type)) return writeNamed(type, namespace, known)
  const { kind, extra } = type
  if (kind === 'array') return { type: kind, items: write(type.items, namespace, known), ...extra }
  if (kind === 'map') return { type: kind, values: write(type.values, namespace, known), ...extra }
  return Object.keys(extra).length === 0 ? kind : { type: kind, ...extra }
}

function writeNamed(type: NamedAvroType, outer: string, known: Set<string>): Json {
  const namespace = namespaceOf(type.name)
  if (known.has(type.name)) return namespace === outer ? unqualified(type.name) : type.name
  known.add(type.name)
  const { doc, ...extra } = type.extra
  const head: JsonObject = {
    type: type.kind === 'record' && type.isError ? 'error' : type.kind,
    name: unqualified(type.name),
    ...(namespace === outer ? {} : { namespace }),
    ...(doc === undefined ? {} : { doc }),
  }
  const tail = { ...(type.aliases.length === 0 ? {} : { aliases: type.aliases }), ...extra }
  if (type.kind === 'fixed') return { ...head, size: type.size, ...tail }
  if (type.kind === 'enum') {
    const standard = type.default === undefined ? {} : { default: type.default }
    return { ...head, symbols: type.symbols, ...standard, ...tail }
  }
  return { ...head, fields: type.fields.map((field) => writeField(field, namespace, known)), ...tail }
}

function writeField(field: AvroField, namespace: string, known: Set<string>): Json {
  const { doc, order, ...extra } = field.extra
  return {
    name: field.name,
    type: write(field.type, namespace, known),
    ...(doc === undefined ? {} : { doc }),
    ...(field.default === undefined ? {} : { default: field.default.value }),
    ...(order === undefined || order === 'ascending' ? {} : { order }),
    ...(field.aliases.length === 0 ? {} : { aliases: field.aliases }),
    ...extra,
  }
}
