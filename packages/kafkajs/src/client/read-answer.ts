import { isObject, unsupported } from '../internals.js'

/** Readers for what kafkajs decoded: an answer of another shape is an error with a name. */
export function readNumber(answer: unknown, field: string): number {
  const value = isObject(answer) ? answer[field] : undefined
  if (typeof value !== 'number') throw unsupported(`an answer has no number "${field}"`)
  return value
}

export function readText(answer: unknown, field: string): string {
  const value = isObject(answer) ? answer[field] : undefined
  if (typeof value !== 'string') throw unsupported(`an answer has no text "${field}"`)
  return value
}

export function readList(answer: unknown, field: string): readonly unknown[] {
  const value = isObject(answer) ? answer[field] : undefined
  if (!Array.isArray(value)) throw unsupported(`an answer has no list "${field}"`)
  return value
}

export const readField = (answer: unknown, field: string): unknown => (isObject(answer) ? answer[field] : undefined)
