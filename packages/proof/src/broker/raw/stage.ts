/**
 * What a script works with: connections whose answers are written down, and the same without being written down for whatever only
 * has to be there first.
 *
 * Codes that only say "not yet" are asked again, on every broker: a coordinator that loads (14, 15, 16), a partition that was created a
 * moment ago (3 and 6, before a script begins with it), a transaction whose markers are still being written (51, or 19 at Produce).
 * Kafka may answer them and need not.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type ApiName, apis, type Message } from '@millrace/broker/protocol'
import { errorCodesIn } from './error-codes-in.js'
import {
  type Address,
  type Answered,
  type Asked,
  connectRaw,
  type Outcome,
  type RawConnection,
  type Wait,
} from './raw-connection.js'
import type { Readable } from './readable-answer.js'
import type { Step } from './trace.js'

export interface WatchOptions extends Wait {
  /** What distinguishes this request from its neighbours. */
  readonly note?: string
  /** Writes down whether the answer came at once or after so many milliseconds. */
  readonly timed?: number
}

export interface AskOptions<N extends ApiName = ApiName> extends WatchOptions {
  /** Codes that are written down though they usually say "not yet". */
  readonly keep?: readonly number[]
  /** Asks again until it is so, where a change takes its time to be seen. */
  readonly until?: (body: Answered<N>) => boolean
}

/** A connection of a script. */
export interface Client {
  readonly raw: RawConnection
  /** Sends a request, writes the answer down and returns it. A connection that closes or is silent ends the script. */
  ask<N extends ApiName>(api: N, version: number, body: Asked<N>, options?: AskOptions<N>): Promise<Answered<N>>
  /** The same where closing and saying nothing are what is expected. Asks only once. */
  watch<N extends ApiName>(
    api: N,
    version: number,
    body: Asked<N>,
    options?: WatchOptions,
  ): Promise<Outcome<Answered<N>>>
  /** Writes down what comes for bytes that were written by hand. */
  read<N extends ApiName>(api: N, version: number, options?: WatchOptions): Promise<Outcome<Answered<N>>>
  /** Asks without writing anything down. */
  quietly<N extends ApiName>(api: N, version: number, body: Asked<N>): Promise<Answered<N>>
}

export interface Stage extends Client {
  /** Milliseconds since 1970 when the script began. */
  readonly nowMs: number
  /** A name that only this script uses. */
  named(suffix: string): string
  /** Another connection of its own. */
  client(clientId?: string | null): Promise<Client>
  /** Creates a topic and waits until it is there for reading and writing. Not written down. */
  topic(options?: TopicToCreate): Promise<string>
  /** Waits until all changes are seen: Kafka's metadata is a log, and a topic that is created last in it is seen last. */
  settled(): Promise<void>
  /** Writes down an outcome that no request stands for. */
  note(at: string, says: Step['says']): void
}

export interface TopicToCreate {
  /** Default `t`. */
  readonly suffix?: string
  /** Default 1. */
  readonly partitions?: number
  readonly config?: Readonly<Record<string, string>>
  /** As Kafka makes it, for scripts about configs. Otherwise its records stay in one segment, whatever their times. */
  readonly isPlain?: boolean
}

const notYet = [14, 15, 16, 19, 51]
const untilThere = [3, 5, 6]
const betweenTriesMs = 15
const patienceMs = 10_000

/** Thrown to end a script whose connection has gone: what was written down until then is its trace. */
export class ScriptEnded extends Error {
  override readonly name = 'ScriptEnded'
}

export interface StageParts {
  readonly address: Address
  readonly prefix: string
  readonly nowMs: number
  readonly readable: Readable
  readonly steps: (Step | undefined)[]
  readonly connections: RawConnection[]
}

export async function createStage(parts: StageParts): Promise<Stage> {
  const { nowMs, prefix, steps } = parts
  const open = async (clientId?: string | null): Promise<Client> => {
    const raw = await connectRaw(parts.address, clientId)
    parts.connections.push(raw)
    return createClient(raw, parts)
  }
  const first = await open()
  let barriers = 0
  const named = (suffix: string): string => `${prefix}${suffix}`
  return {
    ...first,
    nowMs,
    named,
    client: open,
    topic: (options = {}) => createTopic(first, named(options.suffix ?? 't'), options),
    async settled() {
      barriers += 1
      await createTopic(first, named(`settled-${barriers}`), {})
    },
    note: (at, says) => void steps.push({ at, says }),
  }
}

function createClient(raw: RawConnection, { readable, steps }: StageParts): Client {
  /** The place in the trace is that of the request, not that of the answer. */
  const place = (api: ApiName, version: number, { note, timed }: WatchOptions = {}) => {
    const index = steps.push(undefined) - 1
    const at = `${api} ${version}${note === undefined ? '' : `, ${note}`}`
    return (outcome: Outcome<unknown>): void => {
      const { response }: { response: Message } = apis[api]
      const says = outcome.kind === 'answered' ? readable.body(response, version, outcome.body) : outcome.kind
      const took = timed === undefined ? {} : ({ took: outcome.tookMs < timed * 0.6 ? 'no time' : 'its time' } as const)
      steps[index] = { at, says, ...took }
    }
  }
  return {
    raw,
    async ask(api, version, body, options) {
      const write = place(api, version, options)
      const outcome = await insist(raw, api, version, body, notYet, options)
      write(outcome)
      if (outcome.kind !== 'answered') throw new ScriptEnded(`${api} ${version}: ${outcome.kind}`)
      return outcome.body
    },
    async watch(api, version, body, options) {
      const write = place(api, version, options)
      const outcome = await raw.ask(api, version, body, options)
      write(outcome)
      return outcome
    },
    async read(api, version, options) {
      const write = place(api, version, options)
      const outcome = await raw.read(api, version, options)
      write(outcome)
      return outcome
    },
    async quietly(api, version, body) {
      const outcome = await insist(raw, api, version, body, notYet)
      if (outcome.kind !== 'answered') throw new ScriptEnded(`${api} ${version}: ${outcome.kind}`)
      return outcome.body
    },
  }
}

/** Asks again as long as the answer only says "not yet", up to a bound; then that is the answer. */
async function insist<N extends ApiName>(
  raw: RawConnection,
  api: N,
  version: number,
  body: Asked<N>,
  codes: readonly number[],
  { keep = [], until = () => true, ...wait }: AskOptions<N> = {},
): Promise<Outcome<Answered<N>>> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const outcome = await raw.ask(api, version, body, wait)
    if (outcome.kind !== 'answered' || performance.now() > deadline) return outcome
    const isNotYet = errorCodesIn(outcome.body).some((code) => codes.includes(code) && !keep.includes(code))
    if (!isNotYet && until(outcome.body)) return outcome
    await delay(betweenTriesMs)
  }
}

/** A fetch of Kafka ends where a segment does, and a new one is begun where times are far apart: records of 1970, markers of today. */
const oneSegment = { 'segment.ms': '9223372036854775807' }

async function createTopic(
  client: Client,
  name: string,
  { partitions = 1, config = {}, isPlain = false }: TopicToCreate,
): Promise<string> {
  const configs = Object.entries(isPlain ? config : { ...oneSegment, ...config }).map(([key, value]) => ({
    name: key,
    value,
  }))
  const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs }
  const created = await client.quietly('CreateTopics', 4, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
  if (errorCodesIn(created).some((code) => code !== 0))
    throw new Error(`${name} was not created: ${JSON.stringify(created.topics)}`)
  const indexes = Array.from({ length: partitions }, (_, index) => index)
  const fetch = {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [
      { topic: name, partitions: indexes.map((partition) => ({ partition, fetchOffset: 0n, partitionMaxBytes: 1 })) },
    ],
  }
  const outcome = await insist(client.raw, 'Fetch', 4, fetch, untilThere)
  if (outcome.kind !== 'answered') throw new ScriptEnded(`Fetch of ${name}: ${outcome.kind}`)
  return name
}
