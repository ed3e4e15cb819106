import { once } from 'node:events'
import { createServer } from 'node:http'
import { isUnavailable } from '../brokers/broker-under-test.js'
import { isRealKafkaRequired } from '../brokers/launch-broker.js'
import { object, text } from '../reader/json-shape.js'
import { type Apicurio, startApicurio } from './start-apicurio.js'

/** What a test file learns when it asks for the registry of its run. */
export type RegistryAnswer =
  | { readonly kind: 'running'; readonly url: string }
  /** `required`: a suite that needs it fails instead of being skipped. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly required: boolean }

export interface RegistryOnDemand {
  /** Where test files ask, on 127.0.0.1. */
  readonly port: number
  stop(): Promise<void>
}

/**
 * One real schema registry for all test files of a run, started when the first one asks for it: a run without registry suites
 * pays nothing, and however many files ask, one is started.
 */
export async function offerRegistry(
  env: NodeJS.ProcessEnv = process.env,
  startRegistry: typeof startApicurio = startApicurio,
): Promise<RegistryOnDemand> {
  const stopped = new AbortController()
  let starting: Promise<RegistryAnswer> | undefined
  let running: Apicurio | undefined

  const start = async (): Promise<RegistryAnswer> => {
    const required = isRealKafkaRequired(env)
    try {
      const found = await startRegistry({ env, signal: stopped.signal })
      if (isUnavailable(found)) return { kind: 'unavailable', reason: found.unavailable, required }
      running = found
      return { kind: 'running', url: found.url }
    } catch (error) {
      // An installed registry that does not start is a failure wherever it is.
      return { kind: 'unavailable', reason: String(error), required: true }
    }
  }
  const server = createServer((_request, response) => {
    starting ??= start()
    void starting.then((answer) => response.end(JSON.stringify(answer)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async stop() {
      stopped.abort(new Error('the test run ended'))
      server.close()
      server.closeAllConnections()
      await starting
      await running?.stop()
    },
  }
}

const named = object<{ kind: string }>({ kind: text })
const place = object<{ url: string }>({ url: text })
const excuse = object<{ reason: string; required: boolean }>({ reason: text, required: (value) => value === true })

/** Asks from a test file. Waits for the start, which is bounded; fetching it the first time may take minutes. */
export async function askForRegistry(port: number): Promise<RegistryAnswer> {
  const answer = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(400_000) })
  const body: unknown = await answer.json()
  const { kind } = named(body, 'registry')
  return kind === 'running'
    ? { kind, url: place(body, 'registry').url }
    : { kind: 'unavailable', ...excuse(body, 'registry') }
}
