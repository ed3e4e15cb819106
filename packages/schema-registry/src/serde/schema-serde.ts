import type { Serde, SerdeContext } from '@millrace/core'
import type { SchemaDefinition } from './schema-definition.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'

/** A serde whose schema stands in a registry. */
export interface SchemaSerde<Out, In = Out> extends Serde<Out, In> {
  readonly definition: SchemaDefinition
  /** The subject of its schema on one part of one topic. */
  subjectOf(context: SerdeContext): Promise<string>
}

export interface SchemaSerdeOptions {
  /** The connection to use. Default: the one that `SCHEMA_REGISTRY_URL` names. */
  readonly registry?: SchemaRegistry
  /**
   * What the subject of a schema is called: `topic` (default) is `<topic>-key` or `<topic>-value`; `record` is the name of the
   * record or message (`title` of a JSON Schema); `topic-record` is `<topic>-<name>`, for several types on one topic.
   */
  readonly subject?: SubjectStrategy
  /**
   * Whether a worker or producer registers the schemas that it writes with. `never` (default) looks them up, and a schema that is
   * not registered is an error of the start: production registers at deploy, by `registerSchemas`. `start` registers what is
   * missing, after a compatibility check. `SCHEMA_REGISTRY_REGISTER` overrides it.
   */
  readonly register?: RegisterMode
}

export type SubjectStrategy = 'topic' | 'record' | 'topic-record'
export type RegisterMode = 'never' | 'start'

export const subjectStrategies: readonly SubjectStrategy[] = ['topic', 'record', 'topic-record']
export const registerModes: readonly RegisterMode[] = ['never', 'start']

/** Structural, so that a second copy of this package is understood. */
export const isSchemaSerde = (serde: object): serde is SchemaSerde<unknown, never> =>
  'definition' in serde && 'subjectOf' in serde && typeof serde.subjectOf === 'function'
