import { isObject, type Json, parseJson, sorted } from '../schemas/json-value.js'
import { InvalidSchema, type JsonSchema, type ReferencedText } from '../schemas/parsed-schema.js'
import { everyValue, type JsonSchemaDocument, resolved } from './json-schema-document.js'

/** Parses a JSON Schema together with those it refers to. Throws InvalidSchema. */
export async function readJsonSchema(text: string, references: readonly ReferencedText[]): Promise<JsonSchema> {
  const others = new Map<string, JsonSchemaDocument>()
  // What it builds on comes first, so each sees the ones before it.
  for (const { name, text: other } of references) others.set(name, { root: jsonOf(other), others: new Map(others) })
  const root = jsonOf(text)
  const json = { root, others }
  await checkAgainstMetaSchema(root)
  checkReferences(json)
  return {
    type: 'JSON',
    text,
    canonical: JSON.stringify(root),
    normalized: JSON.stringify(sorted(root)),
    json,
  }
}

function jsonOf(text: string): Json {
  const parsed = parseJson(text)
  if (parsed !== undefined && (isObject(parsed.value) || typeof parsed.value === 'boolean')) return parsed.value
  throw new InvalidSchema(`the text is neither a JSON object nor true or false: ${text.slice(0, 100)}`)
}

/** Loaded on first use: a registry that sees only Avro pays nothing for it. */
async function checkAgainstMetaSchema(root: Json): Promise<void> {
  if (!isObject(root)) return
  const { $schema } = root
  const draft = typeof $schema === 'string' ? $schema : 'http://json-schema.org/draft-07/schema#'
  // Its meta-schema says other things of the same keywords, and ajv has none for it.
  if (/draft-0[34]/.test(draft)) return
  const settings = { strict: false, logger: false, validateFormats: false } as const
  const ajv = draft.includes('2020-12')
    ? new (await import('ajv/dist/2020.js')).Ajv2020(settings)
    : draft.includes('2019-09')
      ? new (await import('ajv/dist/2019.js')).Ajv2019(settings)
      : new (await import('ajv')).Ajv(settings)
  // Without the name of its draft: 6 is read as 7, which took nothing away, and a draft of somebody's own as the usual one.
  const { $schema: _draft, ...rest } = root
  if (ajv.validateSchema(rest) !== true) throw new InvalidSchema(ajv.errorsText())
}

function checkReferences(document: JsonSchemaDocument): void {
  for (const value of everyValue(document.root)) {
    if (isObject(value) && typeof value['$ref'] === 'string' && resolved({ schema: value, document }) === undefined) {
      throw new InvalidSchema(`no schema at $ref "${value['$ref']}"`)
    }
  }
}
