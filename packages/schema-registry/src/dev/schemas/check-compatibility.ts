import type { CompatibilityLevel } from '../store/settings.js'
import type { Difference } from './difference.js'
import { differences } from './differences.js'
import type { ParsedSchema } from './parsed-schema.js'

interface Earlier {
  readonly version: number
  readonly schema: ParsedSchema
}

/** What a level asks for: whose records must be readable by whom, and whether by all versions or by the last. */
const meaningOf: Readonly<Record<CompatibilityLevel, { backward: boolean; forward: boolean; all: boolean }>> = {
  NONE: { backward: false, forward: false, all: false },
  BACKWARD: { backward: true, forward: false, all: false },
  BACKWARD_TRANSITIVE: { backward: true, forward: false, all: true },
  FORWARD: { backward: false, forward: true, all: false },
  FORWARD_TRANSITIVE: { backward: false, forward: true, all: true },
  FULL: { backward: true, forward: true, all: false },
  FULL_TRANSITIVE: { backward: true, forward: true, all: true },
}

/**
 * Why a new schema does not get along with the earlier ones (oldest first) by a level: one text for each difference, in the form of
 * Confluent's registry, then which version it was. Empty where it does. It stops at the first version that it does not get along with,
 * the last one first.
 */
export function checkCompatibility(
  level: CompatibilityLevel,
  candidate: ParsedSchema,
  earlier: readonly Earlier[],
): string[] {
  const { backward, forward, all } = meaningOf[level]
  for (const { version, schema } of earlier.slice(all ? 0 : -1).toReversed()) {
    const found = [
      ...(backward ? differences(candidate, schema).map((one) => inWords(one, 'new', 'old')) : []),
      ...(forward ? differences(schema, candidate).map((one) => inWords(one, 'old', 'new')) : []),
    ]
    if (found.length === 0) continue
    return [...found, `{oldSchemaVersion: ${version}}`, `{oldSchema: '${schema.text}'}`, `{compatibility: '${level}'}`]
  }
  return []
}

const inWords = ({ kind, path, description }: Difference, reader: string, writer: string): string =>
  `{errorType:'${kind}', description:'At path '${path}': ${description} (reader: ${reader} schema, writer: ${writer} schema)'}`
