import type { SchemaType } from '../schemas/parsed-schema.js'
import { avroCases } from './avro-cases.js'
import type { CompatibilityCase } from './compatibility-case.js'
import { jsonCases } from './json-cases.js'
import { protobufCases } from './protobuf-cases.js'

/** What both the pure rules and the registries are asked. */
export const allCases: readonly (readonly [SchemaType, readonly CompatibilityCase[]])[] = [
  ['AVRO', avroCases],
  ['JSON', jsonCases],
  ['PROTOBUF', protobufCases],
]
