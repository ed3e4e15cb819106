import { fail } from '@millrace/core'

/**
 * A schema as the JSON text that the registry gets: a literal as it stands, the text of a file without its white space, so that two
 * ways to write a schema are one.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` for a text that is no JSON, and what is no schema at all
 */
export function schemaJson(factory: 'avro' | 'jsonSchema', schema: unknown): string {
  const isText = typeof schema === 'string' && /^\s*[[{"]/.test(schema)
  const json = JSON.stringify(isText ? parsed(factory, schema) : schema)
  if (json !== undefined && schema !== null) return json
  throw invalid(factory, `is ${schema === null ? 'null' : typeof schema}`)
}

function parsed(factory: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(factory, 'begins like JSON and is none')
  }
}

const invalid = (factory: string, problem: string) =>
  fail('MILLRACE_OPTIONS_INVALID', {
    problems: [{ where: `${factory}(schema)`, problem, fix: 'pass a schema as a literal, or the text of its file' }],
  })
