/** Why what was written with one schema can't be read with another. */
export interface Difference {
  /** In the words of Confluent's registry, such as READER_FIELD_MISSING_DEFAULT_VALUE. */
  readonly kind: string
  /** Where in the reader's schema, such as `/fields/1`. */
  readonly path: string
  readonly description: string
}
