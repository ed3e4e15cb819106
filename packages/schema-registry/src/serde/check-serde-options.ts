import { fail, type Problem } from '@millrace/core'
import { registerModes, type SchemaSerdeOptions, subjectStrategies } from './schema-serde.js'

const known = ['registry', 'subject', 'register', 'references']

/**
 * Refuses options that nothing here reads.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` with all faults at once
 */
export function checkSerdeOptions(factory: string, options: SchemaSerdeOptions): void {
  const { subject = 'topic', register = 'never' } = options
  const problems: Problem[] = []
  const wrong = (name: string, problem: string, fix: string) => {
    problems.push({ where: `${factory}: ${name}`, problem, fix })
  }
  if (!subjectStrategies.includes(subject)) wrong('subject', 'is no subject strategy', oneOf(subjectStrategies))
  if (!registerModes.includes(register)) wrong('register', 'says neither never nor start', oneOf(registerModes))
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) wrong(name, 'is not an option', oneOf(known))
  }
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })
}

const oneOf = (names: readonly string[]): string => `use one of ${names.join(', ')}`
