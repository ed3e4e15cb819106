/** One hostile value: its name in test output, and how it is made. Large ones cost nothing until they are used. */
export interface BadInput<Value> {
  readonly name: string
  readonly make: () => Value
}

export const bad = <Value>(name: string, make: () => Value): BadInput<Value> => ({ name, make })

/** For lists of plain text, where the text is its own name. */
export const asText = (texts: readonly string[]): readonly BadInput<string>[] =>
  texts.map((text) => bad(text === '' ? '(empty)' : JSON.stringify(text), () => text))
