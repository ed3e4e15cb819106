/** Decoded bodies as text for people: what says nothing (null, empty, the default, no error) is left out, bytes are counted. */
import { errorName } from '../protocol/error-codes.js'
import type { FieldSpec, Fields } from '../protocol/schema.js'

/** One body on one line, cut where it gets too long. */
export function wireText(fields: Fields, body: unknown, maxLength: number): string {
  const text = structText(fields, body)
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}... (${text.length} characters)`
}

function structText(fields: Fields, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).flatMap(([name, inner]) => {
    const spec = Object.hasOwn(fields, name) ? fields[name] : undefined
    return spec === undefined || saysNothing(name, spec, inner) ? [] : [`${name}: ${valueText(name, spec, inner)}`]
  })
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

const isErrorCode = (name: string): boolean => name === 'errorCode' || name === 'partitionErrorCode'

function saysNothing(name: string, spec: FieldSpec, value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === spec.default) return true
  return (Array.isArray(value) && value.length === 0) || (isErrorCode(name) && value === 0)
}

/** Longer lists are cut: a line is there to be read. */
const maxElements = 50

function valueText(name: string, spec: FieldSpec, value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, maxElements).map((element) => valueText(name, spec, element))
    const more = value.length > maxElements ? [`... ${value.length - maxElements} more`] : []
    return `[${[...shown, ...more].join(', ')}]`
  }
  if (value instanceof Uint8Array)
    return spec.type === 'records' ? recordsText(value) : `<${count(value.length, 'byte')}>`
  if (spec.fields !== undefined) return structText(spec.fields, value)
  if (typeof value === 'string') return JSON.stringify(value)
  return isErrorCode(name) && typeof value === 'number' ? `${value} ${errorName(value)}` : String(value)
}

const count = (amount: number, what: string, plural = `${what}s`): string => `${amount} ${amount === 1 ? what : plural}`

/** Where length and record count of a batch stand (Kafka documentation, "Record Batch"), and the least that it has. */
const lengthAt = 8
const countAt = 57
const overhead = 61

/** How many batches and records stand in these bytes; a batch that was cut off at the end is not counted. */
function recordsText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let [batches, records, at] = [0, 0, 0]
  while (at + overhead <= bytes.length) {
    const size = 12 + view.getInt32(at + lengthAt)
    if (size < overhead || at + size > bytes.length) break
    batches += 1
    records += view.getInt32(at + countAt)
    at += size
  }
  return `<${count(batches, 'batch', 'batches')}, ${count(records, 'record')}, ${count(bytes.length, 'byte')}>`
}
