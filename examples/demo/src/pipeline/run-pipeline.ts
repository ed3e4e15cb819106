import { setTimeout as wait } from 'node:timers/promises'
import type { Tail } from '@millrace/testing'
import type { DemoKafka } from '../stage/kafka.js'
import { unaccountedRecords } from '../stage/ledger.js'
import type { LogLine } from '../stage/log-book.js'
import { type Part, partitions } from '../stage/part.js'
import { caughtUp } from '../stage/progress.js'
import { provision } from '../stage/provision.js'
import { printVerdicts } from '../stage/report.js'
import type { Service } from '../stage/service.js'
import { createServices, type RunningWorker, type Services } from '../stage/services.js'
import type { Verdict } from '../stage/verdict.js'
import { gatherPipelineEvidence, type SinkName } from './evidence.js'
import { judgePipeline } from './judge.js'
import { killInside } from './kill-inside.js'
import { streamOrders } from './order-stream.js'
import { createPipelineStage, type PipelineStage } from './pipeline-stage.js'

const orderCount = 2_000
const chunk = 100
const pauseMs = 60
/** Invoices that a reader has to have seen before one of the workers is killed. */
const killAfter = 600

type Tails = Readonly<Record<SinkName, Tail>>

interface Pipeline extends Part {
  readonly services: Services
  readonly stage: PipelineStage
  readonly tails: Tails
}

/** examples/pipeline: exactly once, with a worker that is killed inside a transaction and a reader beside it. */
export async function runPipeline(part: Part): Promise<readonly Verdict[]> {
  const { kafka, prefix, story, signal, traces } = part
  const onLine = (line: LogLine): void => story.tell(line)
  const { brokers, sessionSeconds } = kafka
  const services = createServices({ brokers, sessionSeconds, onLine, signal })
  const stage = createPipelineStage(services, prefix)
  for (const [group] of stage.groups) traces.groups.add(group)
  for (const topic of Object.values(stage.topics)) traces.topics.add(topic)
  try {
    story.chapter(`Exactly once: ${orderCount} orders in, invoices and ledger entries out, two workers and a reader`)
    await createTopics(part, stage)
    const tails = tailsOf(kafka, stage)
    const pipeline: Pipeline = { ...part, services, stage, tails }
    const beganMs = performance.now()
    const workers = await killInTheMiddle(pipeline)
    return await readBack(pipeline, workers, beganMs)
  } finally {
    await services.stop()
  }
}

async function createTopics(
  { kafka: { brokers, admin }, story, signal }: Part,
  { topics }: PipelineStage,
): Promise<void> {
  const [topic, deadLetterTopic] = [topics.orders, topics.deadLetters]
  await Promise.all([
    provision({ ...{ brokers, topic, deadLetterTopic, partitions, signal }, onLine: (line) => story.say(line) }),
    admin.createTopic(topics.invoices, { partitions }),
    admin.createTopic(topics.ledger, { partitions }),
  ])
}

/** A reader of every sink that is none of the workers', from before the first record on. */
const tailsOf = ({ probe }: DemoKafka, { topics }: PipelineStage): Tails => ({
  invoices: probe.tail(topics.invoices),
  ledger: probe.tail(topics.ledger),
  deadLetters: probe.tail(topics.deadLetters),
})

interface Workers {
  readonly reader: RunningWorker
  readonly survivors: readonly RunningWorker[]
  /** Records of the transaction that pipe-1 was killed in. */
  readonly held: number
}

async function killInTheMiddle({ kafka, stage, tails, story, signal }: Pipeline): Promise<Workers> {
  const [doomed, other, reader] = await Promise.all([
    stage.startWorker('pipe-1', 'one'),
    stage.startWorker('pipe-2', 'two'),
    stage.startReader(),
  ])
  const [{ fields }] = await Promise.all([sharing(doomed.service), sharing(other.service)])
  const feeding = feed(kafka, stage.topics.orders, signal)
  await Promise.race([feeding.then(() => visible(tails, signal)), visible(tails, signal)])
  const target = {
    worker: doomed.service,
    transactionalId: `${stage.group}-one`,
    sinks: [stage.topics.invoices, stage.topics.ledger, stage.topics.deadLetters],
    partitions: partitionsIn(fields['partitions']),
  }
  const held = await killInside(target, kafka, signal)
  story.chapter(`kill -9 of pipe-1 inside a transaction, with ${tails.invoices.records.length} invoices visible`)
  story.say(`it leaves ${held} records that were sent and never committed: no careful reader will ever see them`)
  story.say(`pipe-1b comes back under its KAFKA_INSTANCE_ID, which ends that transaction at once;`)
  story.say(`its partitions wait for the ${kafka.sessionSeconds} s session of pipe-1 to run out`)
  const [again] = await Promise.all([stage.startWorker('pipe-1b', 'one'), feeding])
  return { reader, survivors: [other, again], held }
}

/** Resolves when a worker has some of the partitions and somebody else the others. */
const sharing = (service: Service): Promise<LogLine> =>
  service.said(({ fields }) => {
    const owned = fields['event'] === 'member.joined' && Array.isArray(fields['partitions']) ? fields['partitions'] : []
    return owned.length > 0 && owned.length < partitions
  })

/** `shop.orders.v1[3]` is partition 3. */
const partitionsIn = (names: unknown): readonly number[] =>
  Array.isArray(names) ? names.map((name) => Number(/\[(\d+)\]$/.exec(String(name))?.[1])) : []

async function feed({ probe }: DemoKafka, topic: string, signal: AbortSignal): Promise<void> {
  const records = streamOrders(orderCount).map(({ record }) => record)
  for (let at = 0; at < records.length; at += chunk) {
    await probe.produce(topic, records.slice(at, at + chunk), { signal })
    await wait(pauseMs, undefined, { signal })
  }
}

async function visible({ invoices }: Tails, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(30_000)])
  while (invoices.records.length < killAfter) await wait(5, undefined, { signal: deadline })
}

async function readBack(
  { kafka, services, stage, tails, story, out, signal }: Pipeline,
  { reader, survivors, held }: Workers,
  beganMs: number,
): Promise<readonly Verdict[]> {
  const running = [...survivors, reader]
  await caughtUp(
    kafka,
    stage.groups,
    running.map(({ service }) => service),
    signal,
  )
  const tookMs = performance.now() - beganMs
  const left = await Promise.all(running.map(({ opsUrl }) => unaccountedRecords(opsUrl, signal)))
  const unaccounted = left.reduce((sum, one) => sum + one, 0)
  const endings = await services.stop()
  const { fields } = await reader.service.said(({ msg }) => msg === 'books checked')
  const evidence = await gatherPipelineEvidence(kafka, { ...stage, tails, transactionalPrefix: `${stage.group}-` })
  const books = { complete: Number(fields['complete']), open: Number(fields['open']), wrong: Number(fields['wrong']) }
  const verdicts = judgePipeline({
    ...{ topics: stage.topics, sent: streamOrders(orderCount), evidence, books, held, unaccounted, endings },
  })
  const seconds = (tookMs / 1000).toFixed(1)
  story.chapter(`The proof after ${seconds} s, read back with ${kafka.readWith}`)
  printVerdicts(out, verdicts)
  return verdicts
}
