import { fail, type MillraceError, type Problem, type SerdeContext } from '@millrace/core'
import type { SchemaReference, SchemaText } from '../registry/registered-schema.js'
import { isRefusal, type Refusal, type SchemaRegistry } from '../registry/schema-registry.js'
import type { SchemaDefinition } from './schema-definition.js'
import type { RegisterMode } from './schema-serde.js'

/** A schema that is going to be written with, and the subject that it belongs under. */
export interface Registration {
  readonly registry: SchemaRegistry
  readonly definition: SchemaDefinition
  readonly subject: string
  readonly context: SerdeContext
  readonly signal?: AbortSignal | undefined
}

/**
 * The id to write with: looked up, or registered where the mode says so.
 * @throws MillraceError `MILLRACE_SCHEMA_INVALID` not registered, or incompatible; `MILLRACE_CONFIG_INVALID` no access, or no registry
 * at that address; `MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE`
 */
export async function idToWriteWith(registration: Registration, mode: RegisterMode): Promise<number> {
  const text = await textOf(registration.definition, registration, mode)
  const place = await found(registration, text)
  if (place !== undefined) return place.id
  await requireCompatible(registration, text)
  if (mode === 'never') throw invalid(registration, notRegistered, registerIt)
  const { registry, subject, signal } = registration
  const registered = await registry.register(subject, text, signal)
  if (isRefusal(registered)) throw refusalError(registration, registered)
  return registered.id
}

/** Whether the subject takes the schema as its next version; what is registered already was taken before. */
async function requireCompatible(registration: Registration, text: SchemaText): Promise<void> {
  const { registry, subject, signal } = registration
  const verdict = await registry.check(subject, text, signal)
  if (isRefusal(verdict)) throw refusalError(registration, verdict)
  if (verdict.kind !== 'incompatible') return
  const reasons = verdict.reasons.length === 0 ? 'it gives no reason' : verdict.reasons.join('; ')
  throw invalid(
    registration,
    `the registry refuses it as the next version: ${reasons}`,
    'change the schema so that the compatibility level of the subject allows it, or that level, or write to another topic',
  )
}

/** A definition as the registry takes it: references name the version that they stand under there. */
async function textOf(
  { type, text, references }: SchemaDefinition,
  registration: Registration,
  mode: RegisterMode,
): Promise<SchemaText> {
  const found: SchemaReference[] = []
  // One after another: what they refer to in turn is registered before them.
  for (const { name, subject, definition } of references) {
    found.push({ name, subject, version: await versionOf({ ...registration, definition, subject }, mode) })
  }
  return { type, text, references: found }
}

async function versionOf(registration: Registration, mode: RegisterMode): Promise<number> {
  await idToWriteWith(registration, mode)
  const place = await found(registration, await textOf(registration.definition, registration, 'never'))
  if (place === undefined) throw invalid(registration, notRegistered, registerIt)
  return place.version
}

async function found(
  registration: Registration,
  text: SchemaText,
): Promise<{ id: number; version: number } | undefined> {
  const place = await registration.registry.lookUp(registration.subject, text, registration.signal)
  if (isRefusal(place)) throw refusalError(registration, place)
  return place
}

const notRegistered = 'its schema is not registered there'
const registerIt =
  "register it at deploy with registerSchemas(), or say register: 'start' where the serde is made (SCHEMA_REGISTRY_REGISTER=start)"

const invalid = ({ subject, context: { topic, part } }: Registration, problem: string, fix: string): MillraceError =>
  fail('MILLRACE_SCHEMA_INVALID', {
    problems: [{ where: `the ${part} of "${topic}", subject "${subject}"`, problem, fix }],
  })

/** A registry that says no: about the schema, about this client, or because it is none. */
export function refusalError(
  registration: Pick<Registration, 'registry' | 'subject' | 'context'>,
  { kind, status, message }: Refusal,
): MillraceError {
  const { registry, subject, context } = registration
  const where = `the schema registry at ${registry.url}`
  if (kind === 'denied') {
    const fix =
      'set SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD (or auth of createSchemaRegistry) to credentials with access to the subject'
    return config({ where, problem: `denies access to "${subject}": ${message}`, fix })
  }
  if (status === 409 || status === 422) {
    const fix = 'correct the schema as the registry says'
    return fail('MILLRACE_SCHEMA_INVALID', {
      problems: [{ where: `the ${context.part} of "${context.topic}", subject "${subject}"`, problem: message, fix }],
    })
  }
  const fix = 'set SCHEMA_REGISTRY_URL to its API, with its path where it has one (Apicurio: /apis/ccompat/v7)'
  return config({ where, problem: `answers as a registry does not: ${message}`, fix })
}

const config = (problem: Problem): MillraceError => fail('MILLRACE_CONFIG_INVALID', { problems: [problem] })
