import { fail, type SerdeContext } from '@millrace/core'
import type { SubjectStrategy } from './schema-serde.js'

/**
 * The subject that a schema is registered under.
 * @throws MillraceError `MILLRACE_SCHEMA_INVALID` where a strategy needs a name and the schema has none
 */
export function subjectName(
  strategy: SubjectStrategy,
  { topic, part }: SerdeContext,
  recordName: string | undefined,
): string {
  if (strategy === 'topic') return `${topic}-${part}`
  if (recordName === undefined) {
    const problem = `its subject strategy is "${strategy}", and the schema has no name`
    const fix = "name the record (in a JSON Schema: title), or use the strategy 'topic'"
    throw fail('MILLRACE_SCHEMA_INVALID', { problems: [{ where: `the ${part} of "${topic}"`, problem, fix }] })
  }
  return strategy === 'record' ? recordName : `${topic}-${recordName}`
}
