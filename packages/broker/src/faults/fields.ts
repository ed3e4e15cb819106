/** A decoded body or a part of one, where the code does not know which API it belongs to. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/** The elements of an array field; none where the field is absent or null. */
export function listIn(body: unknown, field: string): readonly unknown[] {
  const value = isFields(body) ? body[field] : undefined
  return Array.isArray(value) ? value : []
}

export function textIn(body: unknown, field: string): string | undefined {
  const value = isFields(body) ? body[field] : undefined
  return typeof value === 'string' ? value : undefined
}

export function numberIn(body: unknown, field: string): number | undefined {
  const value = isFields(body) ? body[field] : undefined
  return typeof value === 'number' ? value : undefined
}
