import { createRequire } from 'node:module'
import { loadTrustedSource, type TrustedSource } from '../guards/kafkajs-source.js'
import { hasMethods, isObject, unsupported } from '../internals.js'

/** What else our exchanges count on: how a broker negotiates a version, and how a connection writes and reads. */
const RELIED_UPON: readonly TrustedSource[] = [
  'broker/index.js',
  'network/connection.js',
  'protocol/encoder.js',
  'protocol/request.js',
  'protocol/requests/index.js',
]

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
  for (const source of RELIED_UPON) loadTrustedSource(source, require)
  return { fetch: loadEntry(require, 'fetch'), produce: loadEntry(require, 'produce') }
}

function loadEntry(require: NodeJS.Require, api: 'fetch' | 'produce'): RegistryEntry {
  const entry = loadTrustedSource(`protocol/requests/${api}/index.js`, require)
  if (!isRegistryEntry(entry)) throw unsupported(`its ${api} registry entry has another shape`)
  return entry
}

const isRegistryEntry = (entry: unknown): entry is RegistryEntry =>
  isObject(entry) && Array.isArray(entry['versions']) && hasMethods(entry, ['protocol'])
