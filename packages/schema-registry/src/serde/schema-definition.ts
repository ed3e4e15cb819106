import type { ReferencedText, SchemaType } from '../registry/registered-schema.js'

/** A schema as its program declares it. Its references carry their own schemas, so that it can be parsed without a registry. */
export interface SchemaDefinition {
  readonly type: SchemaType
  readonly text: string
  readonly references: readonly DefinedReference[]
}

export interface DefinedReference {
  readonly name: string
  readonly subject: string
  readonly definition: SchemaDefinition
}

/** References as users write them: the schema of each is a serde of its own. */
export interface SchemaReferenceOption {
  readonly name: string
  readonly subject: string
  readonly schema: { readonly definition: SchemaDefinition }
}

export const defineSchema = (
  type: SchemaType,
  text: string,
  references: readonly SchemaReferenceOption[] = [],
): SchemaDefinition => ({
  ...{ type, text },
  references: references.map(({ name, subject, schema: { definition } }) => ({ name, subject, definition })),
})

/** Everything that a definition refers to, each name once, deepest first. */
export function referencedTexts({ references }: SchemaDefinition): readonly ReferencedText[] {
  const found = new Map<string, ReferencedText>()
  const collect = (list: readonly DefinedReference[]): void => {
    for (const { name, definition } of list) {
      if (found.has(name)) continue
      collect(definition.references)
      found.set(name, { name, text: definition.text })
    }
  }
  collect(references)
  return [...found.values()]
}
