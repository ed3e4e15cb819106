/** What a discriminator can be. */
export type FieldValue = string | number | boolean

/** True for a message whose field of this name is one of the values. */
export interface FieldCondition<Name extends string, Value extends FieldValue> {
  readonly kind: 'field'
  readonly name: Name
  readonly values: readonly Value[]
}

/**
 * Takes records by a field of their decoded value: `fieldIs('kind', 'order.placed')`. The handler receives the members of the union
 * that can have it, and a value that none of them has does not compile. The field is one of the value itself, compared with
 * `===`; a tombstone has none. The record is decoded first, so all handlers of the topic must share one definition of it.
 */
export const fieldIs = <const Name extends string, const Values extends readonly [FieldValue, ...FieldValue[]]>(
  name: Name,
  ...values: Values
): FieldCondition<Name, Values[number]> => Object.freeze({ kind: 'field', name, values: Object.freeze(values) })
