import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fail } from '@millrace/core'

const SUPPORTED_VERSION = '2.2.4'

/** SHA-256 of every kafkajs source whose behaviour the wire guards rely on, relative to its `src`. */
const TRUSTED_SOURCES: Readonly<Record<string, string>> = {
  'broker/index.js': '9cbea8898528c439c213080f99d86974460114f81b5034c49aeb593a0337ca90',
  'network/connection.js': '2a993b2e74421ca6d846efd59e4ba74b11100dbe7d40d0f52ea3218e917aafdd',
  'protocol/encoder.js': '9977889e184a9e910e4f6098c36ec6a0ca36c183aa6ead0f24191b6aa1c9a777',
  'protocol/request.js': '2270900ca6474026c11957fe71ac586881985460ed2554db22ad8870dcaff634',
  'protocol/requests/index.js': 'fd26a30565d7f0c14883140b7f4edadc42f34278a5f40084009b940c858ea2fd',
  'protocol/requests/fetch/index.js': 'b0961e16fca52023266570255c23e30cd770b3813bb5d75f879fe6b1609ea7c5',
  'protocol/requests/produce/index.js': '789abc7e1c33a99e956f74a34f11b8de6f70be7722580a0f0dd05f67d998f45b',
}

/** One request as kafkajs's `Connection.send` takes it. */
export interface ProtocolExchange {
  readonly request: ProtocolRequest
  readonly response: ProtocolResponse
  readonly requestTimeout?: number
  /** Whether kafkajs logs what `decode` and `parse` throw. */
  readonly logResponseError?: boolean
}

export interface ProtocolRequest {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  readonly expectResponse?: () => boolean
  /** kafkajs's Encoder, or what it reads of one. */
  readonly encode: () => Promise<EncodedBody>
}

export interface EncodedBody {
  readonly buf: Buffer
  readonly buffer: Buffer
}

export interface ProtocolResponse {
  readonly decode: (payload: Buffer) => Promise<unknown>
  readonly parse: (decoded: never) => Promise<unknown>
}

export type ExchangeFactory = (parameters: never) => ProtocolExchange

/** An entry of kafkajs's request registry: read at every request, and mutable. */
export interface RegistryEntry {
  readonly versions: readonly string[]
  protocol: (choice: { readonly version: number }) => ExchangeFactory
}

export interface RequestRegistry {
  readonly fetch: RegistryEntry
  readonly produce: RegistryEntry
}

/**
 * Loads the registry entries of the kafkajs that this package resolves to.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` for any other version or a changed source.
 */
export function loadRequestRegistry(require: NodeJS.Require = createRequire(import.meta.url)): RequestRegistry {
  const version = readVersion(require)
  if (version !== SUPPORTED_VERSION) throw unsupported(version, `only ${SUPPORTED_VERSION} is`)
  for (const [source, trusted] of Object.entries(TRUSTED_SOURCES)) {
    const found = createHash('sha256')
      .update(readFileSync(require.resolve(`kafkajs/src/${source}`)))
      .digest('hex')
    if (found !== trusted) throw unsupported(version, `its ${source} was changed`)
  }
  return { fetch: loadEntry(require, version, 'fetch'), produce: loadEntry(require, version, 'produce') }
}

function readVersion(require: NodeJS.Require): string {
  const manifest: unknown = require('kafkajs/package.json')
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion ? String(manifest.version) : 'unknown version'
}

function loadEntry(require: NodeJS.Require, version: string, api: string): RegistryEntry {
  const entry: unknown = require(`kafkajs/src/protocol/requests/${api}/index.js`)
  if (!isRegistryEntry(entry)) throw unsupported(version, `its ${api} registry entry has another shape`)
  return entry
}

const isRegistryEntry = (entry: unknown): entry is RegistryEntry =>
  typeof entry === 'object' &&
  entry !== null &&
  'versions' in entry &&
  Array.isArray(entry.versions) &&
  'protocol' in entry &&
  typeof entry.protocol === 'function'

const unsupported = (found: string, problem: string) => fail('MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED', { found, problem })
