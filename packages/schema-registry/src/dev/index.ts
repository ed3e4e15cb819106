/** A schema registry inside a Node process, with Confluent's REST API: for development and tests. */
export type { RegistryFault, RegistryRequest } from './http/faults.js'
export type { SchemaReference, SchemaType } from './schemas/parsed-schema.js'
export {
  type RegisteredSchema,
  type RunningSchemaRegistry,
  type SchemaRegistryOptions,
  startSchemaRegistry,
} from './start-schema-registry.js'
export type { CompatibilityLevel } from './store/settings.js'
