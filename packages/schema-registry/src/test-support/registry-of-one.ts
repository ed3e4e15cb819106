import { fail } from '@millrace/core'
import type { SchemaDefinition } from '../serde/schema-definition.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'

/** A registry that holds one schema under an id of its own choice, as bytes from elsewhere name it. */
export function registryOfOne(id: number, { type, text }: Pick<SchemaDefinition, 'type' | 'text'>): SchemaRegistry {
  return {
    url: 'http://registry.test',
    schemaOf: async (wanted) => (wanted === id ? { type, text, references: [], referenced: [] } : undefined),
    lookUp: async () => ({ id, version: 1 }),
    latest: async () => undefined,
    check: async () => ({ kind: 'compatible' }),
    register: async () => ({ id }),
    unavailable: (action, reason) =>
      fail('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', { url: 'http://registry.test', action, reason }),
  }
}
