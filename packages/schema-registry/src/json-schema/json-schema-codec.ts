import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import { fail, type SerdeContext } from '@millrace/core'
import { referencedTexts, type SchemaDefinition } from '../serde/schema-definition.js'
import type { SchemaCodec } from '../serde/schema-codec.js'
import { frameBytes, writeFrame } from '../wire/frame.js'

const maxIssues = 5
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Compiles a JSON Schema. Values are held against ours: the writer's only has to be one of the registry's. */
export async function openJsonSchema(definition: SchemaDefinition): Promise<SchemaCodec<unknown, unknown>> {
  const schema: unknown = JSON.parse(definition.text)
  const ajv = await validatorFor(schema)
  for (const { name, text } of referencedTexts(definition)) ajv.addSchema(asSchema(JSON.parse(text)), name)
  const validate = ajv.compile(asSchema(schema))
  return {
    recordName: titleOf(schema),
    encode: (value, id) => encode(validate, value, id),
    readerOf: () => (bytes, context) => read(validate, bytes, context),
  }
}

const options = { strict: false, validateFormats: false, allErrors: false }

/** The dialect that the schema names; draft 7, which most registries hold, where it names none. */
async function validatorFor(schema: unknown): Promise<Ajv> {
  const dialect = textAt(schema, '$schema') ?? 'http://json-schema.org/draft-07/schema#'
  if (/draft-0[67]\//.test(dialect)) return withDraft6(new (await import('ajv')).Ajv(options))
  if (dialect.includes('/2019-09/')) return new (await import('ajv/dist/2019.js')).Ajv2019(options)
  if (dialect.includes('/2020-12/')) return new (await import('ajv/dist/2020.js')).Ajv2020(options)
  throw new Error(`its dialect ${dialect} is not known: draft 6, draft 7, 2019-09 and 2020-12 are`)
}

/** Draft 7 added keywords to draft 6 and changed none. */
function withDraft6(ajv: Ajv): Ajv {
  ajv.addMetaSchema({ $id: 'http://json-schema.org/draft-06/schema#', type: ['object', 'boolean'] })
  return ajv
}

function asSchema(schema: unknown): object | boolean {
  if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null)) return schema
  throw new Error('it is neither an object nor true or false')
}

const titleOf = (schema: unknown): string | undefined => textAt(schema, 'title')

function textAt(schema: unknown, key: string): string | undefined {
  const value: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, key) : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

function encode(validate: ValidateFunction, value: unknown, id: number): Buffer {
  if (!validate(value)) throw new Error(describe(validate.errors))
  const text = stringify(value)
  const bytes = Buffer.allocUnsafe(frameBytes + Buffer.byteLength(text))
  writeFrame(bytes, id)
  bytes.write(text, frameBytes)
  return bytes
}

function stringify(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new Error(`JSON has no form for ${typeof value}`)
  return text
}

function read(validate: ValidateFunction, bytes: Buffer, { topic, part }: SerdeContext): unknown {
  const value = parse(bytes)
  if (validate(value)) return value
  const issues = `${part === 'key' ? 'in its key, ' : ''}${describe(validate.errors)}`
  throw fail('MILLRACE_VALIDATE_FAILED', { topic, issues })
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(frameBytes)))
  } catch {
    throw new Error('its payload is no JSON in UTF-8') // a SyntaxError of JSON.parse quotes the payload
  }
}

/** Places and rules, never values: what a rule names (`allowed values`) is the schema's own. */
const describe = (errors: readonly ErrorObject[] | null | undefined): string =>
  (errors ?? [])
    .slice(0, maxIssues)
    .map(
      ({ instancePath, message = 'is invalid' }) =>
        `${instancePath.slice(1).replaceAll('/', '.') || 'the value'} ${message}`,
    )
    .join('; ') || 'it does not match the schema'
