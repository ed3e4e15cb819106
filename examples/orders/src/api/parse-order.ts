import type { OrderPlaced } from '../order-placed.js'
import { OrderForm } from './order-form.js'

export interface FieldError {
  readonly field: string
  readonly message: string
}

export type ParsedOrder =
  | { readonly kind: 'order'; readonly order: OrderPlaced }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }

const fields = Object.keys(OrderForm.shape)

/** Reads the body of a request. Names match without regard to case, so `OrderId` of a .NET client is `orderId`. */
export function parseOrder(body: Buffer): ParsedOrder {
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid([{ field: '(body)', message: 'must be a JSON object' }])
  }
  const result = OrderForm.safeParse(withOurNames(value))
  if (result.success) return { kind: 'order', order: result.data }
  return invalid(result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })))
}

const invalid = (errors: readonly FieldError[]): ParsedOrder => ({ kind: 'invalid', errors })

/** Undefined, which JSON can't say, for anything that is no JSON in UTF-8. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined // the caller answers 400 for it
  }
}

/** The exact name wins; of several other spellings, the last. Fields that are not ours are left out. */
function withOurNames(value: object): Record<string, unknown> {
  const entries = Object.entries(value)
  const spelled = (field: string): unknown =>
    (entries.find(([name]) => name === field) ??
      entries.findLast(([name]) => name.toLowerCase() === field.toLowerCase()))?.[1]
  return Object.fromEntries(fields.map((field) => [field, spelled(field)]))
}
