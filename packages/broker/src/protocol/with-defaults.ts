import { defaultValue } from './default-value.js'
import type { Decoded, Encodable, FieldSpec, Fields, Message } from './schema.js'

/** A body as a reader of the newest version would see it: what is left out has its default. */
export function withDefaults<F extends Fields>(message: Message<F>, body: Encodable<Message<F>>): Decoded<Message<F>> {
  return completeFields(message.fields, body) as Decoded<Message<F>>
}

function completeFields(fields: Fields, body: unknown): Record<string, unknown> {
  const given = body as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(fields).map(([name, spec]) => [name, completeField(spec, given[name])]))
}

function completeField(spec: FieldSpec, value: unknown): unknown {
  if (value === undefined) return defaultValue(spec)
  if (value === null) return null
  if (spec.type === 'struct') return completeFields(spec.fields ?? {}, value)
  if (spec.type !== '[]struct') return Array.isArray(value) ? [...value] : value
  return (value as readonly unknown[]).map((each) => completeFields(spec.fields ?? {}, each))
}
