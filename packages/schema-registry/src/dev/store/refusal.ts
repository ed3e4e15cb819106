import { compatibilityLevels, registryModes } from './settings.js'

/** An answer that says no, with the status and the `error_code` of Confluent's documented API. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
    // The first three digits of a code are its status.
    this.status = Number(String(code).slice(0, 3))
  }
}

const inWords = (names: readonly string[]): string => names.join(', ')

/** Every refusal of the registry, in Confluent's words. */
export const refusals = {
  unauthorized: () => new Refusal(401, 'Unauthorized'),
  noSuchPath: () => new Refusal(404, 'HTTP 404 Not Found'),
  badJson: (problem: string) => new Refusal(400, problem),
  wrongMethod: () => new Refusal(405, 'HTTP 405 Method Not Allowed'),
  tooLarge: () => new Refusal(413, 'HTTP 413 Request Entity Too Large'),
  wrongMediaType: () => new Refusal(415, 'HTTP 415 Unsupported Media Type'),
  subjectNotFound: (subject: string) => new Refusal(40401, `Subject '${subject}' not found.`),
  versionNotFound: (version: number) => new Refusal(40402, `Version ${version} not found.`),
  schemaNotFound: (id?: number) => new Refusal(40403, id === undefined ? 'Schema not found' : `Schema ${id} not found`),
  subjectSoftDeleted: (subject: string) =>
    new Refusal(40404, `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`),
  subjectNotSoftDeleted: (subject: string) =>
    new Refusal(40405, `Subject '${subject}' was not deleted first before being permanently deleted`),
  versionSoftDeleted: (subject: string, version: number) =>
    new Refusal(
      40406,
      `Subject '${subject}' Version ${version} was soft deleted. Set permanent=true to delete permanently`,
    ),
  versionNotSoftDeleted: (subject: string, version: number) =>
    new Refusal(
      40407,
      `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
    ),
  noLevelOfItsOwn: (subject: string) =>
    new Refusal(40408, `Subject '${subject}' does not have subject-level compatibility configured`),
  noModeOfItsOwn: (subject: string) =>
    new Refusal(40409, `Subject '${subject}' does not have subject-level mode configured`),
  incompatible: (subject: string, details: readonly string[]) =>
    new Refusal(
      409,
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${details.join(', ')}]`,
    ),
  invalidSchema: (problem: string) => new Refusal(42201, `Invalid schema: ${problem}`),
  invalidVersion: (version: string) =>
    new Refusal(
      42202,
      `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
    ),
  invalidLevel: () =>
    new Refusal(42203, `Invalid compatibility level. Valid values are ${inWords(compatibilityLevels)}`),
  invalidMode: () => new Refusal(42204, `Invalid mode. Valid values are ${inWords(registryModes)}`),
  notPermitted: (why: string) => new Refusal(42205, why),
  referenced: (by: string) => new Refusal(42206, `One or more references exist to the schema ${by}`),
} as const
