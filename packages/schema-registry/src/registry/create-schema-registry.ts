import type { Agent } from 'node:http'
import { type Clock, type Duration, fail, systemClock, toMs } from '@millrace/core'
import { checkRegistryOptions } from './check-registry-options.js'
import { createConnection } from './connection.js'
import { openRest, type RegistryAuth } from './rest.js'
import type { SchemaRegistry } from './schema-registry.js'

export interface SchemaRegistryOptions {
  /** Where the registry is: `http://localhost:8081`, with the path of its API where it has one. */
  readonly url: string
  /** Basic credentials (a Confluent Cloud API key and its secret), or a bearer token, asked for again at every request. */
  readonly auth?: RegistryAuth
  /** An agent of `node:https` for a certificate authority or a client certificate of your own. */
  readonly agent?: Agent
  /** How long one request may take. Default: `5s`. */
  readonly timeout?: Duration
  /** How many schemas, and how many look-ups, are kept. Default: 1000. */
  readonly maxSchemas?: number
  /** How long an id that the registry does not know is not asked for again. Default: `10s`. */
  readonly unknownIdTtl?: Duration
  readonly clock?: Clock
}

/**
 * Makes a connection to a schema registry, for the option `registry` of a serde or for `registerSchemas`. Most programs need none:
 * serdes without it use the one that `SCHEMA_REGISTRY_URL` names. Nothing is opened before the first request.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` with all faults at once
 */
export function createSchemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  const { timeout = '5s', unknownIdTtl = '10s', maxSchemas = 1000, agent, clock = systemClock } = options
  const problems = checkRegistryOptions(options)
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems })

  const parsed = new URL(options.url)
  const inUrl =
    parsed.username === ''
      ? undefined
      : { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) }
  parsed.username = ''
  parsed.password = ''
  const url = parsed.href.replace(/\/+$/, '')
  const rest = openRest({ url, auth: options.auth ?? inUrl, agent, timeoutMs: toMs(timeout), clock })
  return createConnection({ url, rest, clock, maxSchemas, unknownIdTtlMs: toMs(unknownIdTtl) })
}
