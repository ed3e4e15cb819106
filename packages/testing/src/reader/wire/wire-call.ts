import { int64, nullable, text } from '../json-shape.js'
import { KafkaRefusal } from './kafka-refusal.js'

/** The fields of one command, which is outside input: each is read as what it should be, or refused. */
export interface WireCall {
  readonly id: number
  readonly command: string
  readonly bootstrap: string
  readonly timeoutMs: number
  text(field: string): string
  textOr<T>(field: string, otherwise: T): string | T
  number(field: string): number
  numberOr<T>(field: string, otherwise: T): number | T
  /** Undefined where it is absent. */
  list(field: string): readonly unknown[] | undefined
  /** An object's own fields; empty where it is absent. */
  entries(field: string): readonly (readonly [name: string, value: unknown])[]
  isTrue(field: string): boolean
}

export function parseCall(line: string): WireCall {
  const fields = fieldsOf(JSON.parse(line), 'a command')
  const wrong = (field: string): Error => new KafkaRefusal('IllegalArgumentException', `missing: ${field}`)
  const textOr = <T>(field: string, otherwise: T): string | T => {
    const value = fields.get(field)
    return typeof value === 'string' ? value : otherwise
  }
  const numberOr = <T>(field: string, otherwise: T): number | T => {
    const value = fields.get(field)
    return typeof value === 'number' ? value : otherwise
  }
  const textOf = (field: string): string => {
    const value = textOr(field, undefined)
    if (value === undefined) throw wrong(field)
    return value
  }
  const number = (field: string): number => {
    const value = numberOr(field, undefined)
    if (value === undefined) throw wrong(field)
    return value
  }
  return {
    id: number('id'),
    command: textOf('command'),
    bootstrap: textOf('bootstrap'),
    timeoutMs: numberOr('timeoutMs', 30_000),
    text: textOf,
    textOr,
    number,
    numberOr,
    list: (field) => {
      const value = fields.get(field)
      return Array.isArray(value) ? value : undefined
    },
    entries: (field) => {
      const value = fields.get(field)
      return value === undefined || value === null ? [] : [...fieldsOf(value, field)]
    },
    isTrue: (field) => fields.get(field) === true,
  }
}

function fieldsOf(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value))
  throw new KafkaRefusal('IllegalArgumentException', `${what} is no object`)
}

/** Offsets by partition, both as they stand in JSON. */
export const offsetsIn = (call: WireCall, field: string): readonly (readonly [partition: number, offset: bigint])[] =>
  call.entries(field).map(([partition, offset]) => [Number(partition), int64(offset, field)])

/** Settings by name; null goes back to the default. */
export const settingsIn = (call: WireCall, field: string): readonly (readonly [name: string, value: string | null])[] =>
  call.entries(field).map(([name, value]) => [name, nullable(text)(value, name)])

export interface CommandContext {
  readonly call: WireCall
  /** Ends with the time of the call and with the connection that asked. */
  readonly limit: AbortSignal
  /** One part of an answer that has several. */
  readonly sendPart: (part: readonly unknown[]) => void
}
