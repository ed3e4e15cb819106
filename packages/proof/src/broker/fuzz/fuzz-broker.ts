/**
 * A thousand connections send mutated frames to one broker, round after round, on its virtual clock. After each round everything has
 * come to rest: a connection is then answered, closed, or waits for the rest of a frame that promised more, and a client in good health
 * has written and read its own record. The same seed sends the same bytes.
 */
import { type Broker, createVirtualClock, on, startBroker, type VirtualClock } from '@millrace/broker'
import { type ApiName, apis } from '@millrace/broker/protocol'
import { type SeededRandom, seededRandom } from '../../chaos/seeded-random.js'
import { buildBatch } from '../raw/build-batch.js'
import { type FuzzConnection, openFuzzConnection } from './fuzz-connection.js'
import { heldBytes } from './heap.js'
import { mutateFrame, slice } from './mutate-frame.js'
import { fuzzedTopic, sampleRequest } from './sample-request.js'
import { openWitness, type Witness } from './witness.js'

export interface FuzzOptions {
  readonly seed: number
  readonly connections: number
  readonly rounds: number
  /** Faults of every kind strike the mutated requests besides, and everything that can be watched is. */
  readonly withFaults?: boolean
}

export interface FuzzReport {
  readonly frames: number
  readonly answers: number
  readonly closed: number
  /** Frames that promised more than came, given up by their client. */
  readonly waited: number
  /** How often a fault struck, of the last thousand times. */
  readonly struck: number
  /** What was wrong: empty if nothing was. */
  readonly faults: readonly string[]
  /** More than before, after a full collection: half way, with everybody connected, and at the end, with everybody gone. */
  readonly grownBytes: { readonly halfWay: number; readonly atEnd: number }
}

const samples = Object.entries(apis).flatMap(
  ([
    name,
    {
      accepted: [first, last],
    },
  ]) => Array.from({ length: last - first + 1 }, (_, index) => ({ api: name as ApiName, version: first + index })),
)
const witnessTopic = 'witness'
const betweenRoundsMs = 400
const memoryLimit = '16MiB'

/** What one run works with, and what it has counted so far. */
interface Run {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly connections: FuzzConnection[]
  readonly witness: Witness
  readonly total: { frames: number; answers: number; closed: number; waited: number }
  readonly faults: string[]
}

export async function fuzzBroker({ seed, connections, rounds, withFaults = false }: FuzzOptions): Promise<FuzzReport> {
  const clock = createVirtualClock()
  const broker = await startBroker({
    tcp: false,
    clock,
    seed,
    memoryLimit,
    topics: { [witnessTopic]: 1, [fuzzedTopic]: 2 },
  })
  const faults: string[] = []
  const stopListening = broker.events.subscribe((event) => {
    if (event.kind === 'request.failed')
      faults.push(`a defect in ${event.api} ${event.apiVersion}: ${String(event.error)}`)
  })
  if (withFaults) addFaults(broker)
  try {
    const before = await heldBytes()
    const run: Run = {
      broker,
      clock,
      random: seededRandom(seed),
      connections: Array.from({ length: connections }, () => openFuzzConnection(broker)),
      witness: openWitness(broker),
      total: { frames: 0, answers: 0, closed: 0, waited: 0 },
      faults,
    }
    let halfWay = 0
    for (let round = 0; round < rounds && faults.length < 10; round += 1) {
      await playRound(run, round)
      if (round === rounds >> 1) halfWay = (await heldBytes()) - before
    }
    for (const connection of run.connections) retire(connection, run)
    run.witness.end()
    await clock.settle()
    return {
      ...run.total,
      struck: broker.faults.log.length,
      faults,
      grownBytes: { halfWay, atEnd: (await heldBytes()) - before },
    }
  } finally {
    stopListening()
    await broker.stop()
  }
}

/** A frame on each connection, while the witness wants what it always wants. */
async function playRound(run: Run, round: number): Promise<void> {
  const { broker, clock, random, connections, witness, total, faults } = run
  for (const connection of connections) connection.write(slice(nextFrame(total.frames++, random), random))
  const seen = askWitness(witness, round)
  await clock.advance(betweenRoundsMs)
  if (witness.isWaiting) faults.push(`round ${round}: a client in good health was not answered`)
  else
    faults.push(
      ...(await seen.then(
        (wrong) => wrong,
        (error: unknown) => [`round ${round}: ${String(error)}`],
      )),
    )
  replace(run)
  await tidyUp(broker, witness, clock)
}

/** Each now and then, whatever the API, on all but the witness. */
function addFaults(broker: Broker): void {
  const fuzzed = on().clientId('fuzz')
  broker.trace.start()
  broker.faults.add(
    ...(['UNKNOWN_SERVER_ERROR', 'NOT_COORDINATOR', 'REBALANCE_IN_PROGRESS'] as const).map((error) =>
      fuzzed.chance(0.1).error(error),
    ),
    ...(['close', 'drop', 'stall', 'dropAnswer', 'swallowAnswer', 'halfAnswer'] as const).map((kind) =>
      fuzzed.chance(0.02)[kind](),
    ),
    ...(['delay', 'delayAnswer', 'throttle', 'holdMarkers'] as const).map((kind) => fuzzed.chance(0.03)[kind]('300ms')),
    ...(['forceRebalance', 'expireMember', 'fenceProducer'] as const).map((kind) => fuzzed.chance(0.1)[kind]()),
    fuzzed.chance(0.05).truncateHead({ topic: fuzzedTopic }),
    fuzzed.chance(0.05).topic('*').truncateHead({ topic: fuzzedTopic, partition: 1, to: 3 }),
  )
}

/** Every API and version in turn, so that none is left out. */
function nextFrame(number: number, random: SeededRandom): Buffer {
  const { api, version } = samples[number % samples.length] ?? { api: 'ApiVersions', version: 0 }
  return mutateFrame(sampleRequest(api, version, number, random), random)
}

/** Writes a record and reads it again; what was wrong with the answers. */
async function askWitness(witness: Witness, round: number): Promise<string[]> {
  const records = buildBatch({ records: [{ value: `round ${round}` }] })
  const [produced, fetched] = await Promise.all([
    witness.ask('Produce', 7, {
      acks: -1,
      timeoutMs: 1_000,
      transactionalId: null,
      topicData: [{ name: witnessTopic, partitionData: [{ index: 0, records }] }],
    }),
    witness.ask('Fetch', 11, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [
        {
          topic: witnessTopic,
          partitions: [{ partition: 0, fetchOffset: BigInt(round), partitionMaxBytes: 1_000_000 }],
        },
      ],
    }),
  ])
  const written = produced.responses[0]?.partitionResponses[0]
  const read = fetched.responses[0]?.partitions[0]
  const wrong: string[] = []
  if (written?.errorCode !== 0 || written.baseOffset !== BigInt(round))
    wrong.push(`round ${round}: the record was not written`)
  if (read?.errorCode !== 0 || read.records?.includes(`round ${round}`) !== true)
    wrong.push(`round ${round}: the record was not read`)
  return wrong
}

/** Who was closed comes anew; half of those that wait go on from where they are, so that frames are also late in coming. */
function replace(run: Run): void {
  const { broker, connections, random, total } = run
  for (const [index, connection] of connections.entries()) {
    if (!connection.isClosed && random.integer(0, 4) > 0) continue
    total[connection.isClosed ? 'closed' : 'waited'] += 1
    retire(connection, run)
    connections[index] = openFuzzConnection(broker)
  }
}

function retire(connection: FuzzConnection, { total, faults }: Run): void {
  total.answers += connection.answers
  faults.push(...connection.nonsense)
  connection.destroy()
}

/** Mutated frames make and delete topics: there shall be one to ask for, and not thousands. */
async function tidyUp(broker: Broker, witness: Witness, clock: VirtualClock): Promise<void> {
  const extra = broker.inspect.topics.filter(
    ({ name, partitions }) => name !== witnessTopic && (name !== fuzzedTopic || partitions.length > 64),
  )
  if (extra.length > 0)
    await witness.ask('DeleteTopics', 1, { topicNames: extra.map(({ name }) => name), timeoutMs: 1_000 })
  if (broker.inspect.topic(fuzzedTopic) === undefined) {
    const topic = { name: fuzzedTopic, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
    await witness.ask('CreateTopics', 2, { topics: [topic], timeoutMs: 1_000, validateOnly: false })
  }
  await clock.settle()
}
