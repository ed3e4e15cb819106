import { createFaults, type RegistryFault, type RegistryRequest } from './http/faults.js'
import { createRegistryServer } from './http/registry-server.js'
import type { SchemaReference, SchemaType } from './schemas/parsed-schema.js'
import { createRegistry } from './store/registry.js'
import type { CompatibilityLevel } from './store/settings.js'

export interface SchemaRegistryOptions {
  /** Default 0: any that is free. */
  readonly port?: number
  /** Default `127.0.0.1`: nobody else can reach it. */
  readonly host?: string
  /** The level of subjects that have none of their own. Default `BACKWARD`, as Confluent's registry has it. */
  readonly compatibility?: CompatibilityLevel
  /** Basic authentication that every request needs. Default none. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** Called with each request as it comes in, before any fault. */
  readonly onRequest?: (request: RegistryRequest) => void
}

export interface RegisteredSchema {
  readonly version: number
  readonly id: number
  readonly type: SchemaType
  readonly schema: string
  readonly references: readonly SchemaReference[]
}

export interface RunningSchemaRegistry {
  readonly url: string
  /** What is registered now, by subject, oldest version first; without deleted ones. A new map for each look. */
  readonly subjects: ReadonlyMap<string, readonly RegisteredSchema[]>
  /** Lets coming requests go wrong; faults strike in the order in which they were added. */
  fail(fault: RegistryFault): void
  /** Takes back the faults that have not struck yet. */
  clearFaults(): void
  /** Ends its connections and refuses new ones, as a registry that is down. What is registered stays. */
  down(): Promise<void>
  /** Up again on the same port. Safe to call when it is up. */
  up(): Promise<void>
  /** Ends it. Safe to call twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a schema registry inside this process, for development and tests: Confluent's REST API, with compatibility checks for
 * Avro, JSON Schema and Protobuf. It keeps everything in memory and forgets it when it is closed. Rejects with Node's own
 * EADDRINUSE where the port is taken.
 */
export async function startSchemaRegistry(options: SchemaRegistryOptions = {}): Promise<RunningSchemaRegistry> {
  const { port = 0, host = '127.0.0.1', compatibility = 'BACKWARD', auth, onRequest } = options
  const registry = createRegistry(compatibility)
  const faults = createFaults()
  const credentials = auth && `${auth.username}:${auth.password}`
  const server = createRegistryServer(port, { registry, faults, host, credentials, onRequest })
  await server.open()
  const { store } = registry
  const close = () => server.shut()
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.port()}`,
    get subjects() {
      const all = store
        .subjects()
        .map((subject) => [subject, store.versions(subject).filter((one) => !one.isDeleted)] as const)
      return new Map(
        all
          .filter(([, versions]) => versions.length > 0)
          .map(([subject, versions]) => [
            subject,
            versions.map(({ version, id, schema, references }) => ({
              version,
              id,
              type: schema.type,
              schema: schema.text,
              references,
            })),
          ]),
      )
    },
    fail: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    down: () => server.shut(),
    up: () => server.open(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
