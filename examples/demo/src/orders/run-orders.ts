import type { ProbeRecord } from '@millrace/testing'
import { caughtUp, committedOf } from '../stage/progress.js'
import { unaccountedRecords } from '../stage/ledger.js'
import { metricLines } from '../stage/metric-lines.js'
import type { LogLine } from '../stage/log-book.js'
import { type Part, partitions } from '../stage/part.js'
import { headerOf } from '../stage/place.js'
import { provision } from '../stage/provision.js'
import { printDeadLetter, printVerdicts } from '../stage/report.js'
import type { Service } from '../stage/service.js'
import { createServices, type Services } from '../stage/services.js'
import { createSpanBook, type SpanBook } from '../tracing/span-book.js'
import { traceLines } from '../tracing/trace-lines.js'
import type { Story } from '../stage/story.js'
import type { Verdict } from '../stage/verdict.js'
import { createDiary, type Diary } from './diary.js'
import { gatherEvidence } from './evidence.js'
import { judge } from './judge.js'
import { garbage, hostile, planOrders } from './order-book.js'
import { createOrdersStage, type OrdersStage } from './orders-stage.js'
import { placeOrders } from './place-orders.js'

export interface OrdersOptions {
  /** Keep everything running at the end, until the signal aborts. */
  readonly stay: boolean
  /** Where the API listens; 0 takes any free port. */
  readonly port: number
}

const orderCount = 200
/** Orders that the first worker may finish before it is killed. */
const killAfter = 80

interface Orders extends Part {
  readonly services: Services
  readonly stage: OrdersStage
  readonly diary: Diary
  readonly spans: SpanBook
}

/** examples/orders: over HTTP into Kafka, billed by one worker that is killed and by another one that goes on. */
export async function runOrders(part: Part, options: OrdersOptions): Promise<readonly Verdict[]> {
  const { kafka, registryUrl, prefix, story, signal, traces } = part
  const diary = createDiary(`${prefix}orders.v1`)
  const spans = createSpanBook()
  const onLine = (line: LogLine): void => {
    diary.add(line)
    spans.add(line)
    story.tell(line)
  }
  const { brokers, sessionSeconds } = kafka
  const services = createServices({ brokers, registryUrl, isTraced: true, sessionSeconds, onLine, signal })
  const stage = createOrdersStage(services, prefix)
  for (const [group, topic] of stage.groups) {
    traces.groups.add(group)
    traces.topics.add(topic)
  }
  const orders: Orders = { ...part, services, stage, diary, spans }
  try {
    await provisionTopics(orders)
    const after = await killInTheMiddle(orders, options.port)
    const verdicts = await readBack(orders, after, options)
    if (options.stay) await stayUntilStopped(orders, after)
    return verdicts
  } finally {
    await services.stop()
  }
}

async function provisionTopics({ kafka: { brokers }, stage: { names }, story, signal }: Orders): Promise<void> {
  story.chapter('Topics: infra/provision-topics.ts')
  const { topic, deadLetterTopic } = names
  await provision({ ...{ brokers, topic, deadLetterTopic, partitions, signal }, onLine: (line) => story.say(line) })
}

interface AfterTheKill {
  readonly url: string
  readonly opsUrl: string
  readonly survivor: Service
  readonly committedAtKill: ReadonlyMap<number, bigint>
}

async function killInTheMiddle({ kafka, stage, story, diary, signal }: Orders, port: number): Promise<AfterTheKill> {
  const { topic, group } = stage.names
  story.chapter(`${orderCount} orders over HTTP, ${garbage.length} garbage records and a hostile one, one worker`)
  const [{ url }, { service: doomed }] = await Promise.all([stage.startApi(port), stage.startWorker('worker-1')])
  story.say(`API at ${url}; flaky-... customers fail once, broke-... customers always`)

  const placing = Promise.all([
    placeOrders(url, planOrders(orderCount), { clients: 4, pauseMs: 40 }, signal),
    kafka.probe.produce(
      topic,
      [...garbage.map((value, index) => ({ partition: index % partitions, value })), hostile],
      { signal },
    ),
  ])
  await Promise.race([billed(doomed, killAfter, diary), placing.then(() => billed(doomed, killAfter, diary))])
  await doomed.kill()
  const committedAtKill = await committedOf(kafka, group, topic)
  const [done, safe] = [diary.billed.length, [...committedAtKill.values()].reduce((sum, one) => sum + one, 0n)]
  story.chapter(`kill -9 of worker-1 after ${done} orders`)
  story.say(`its committed offsets cover ${safe} records; what it did beyond them is done again, nothing is lost`)
  story.say(`worker-2 starts at once and waits for the ${kafka.sessionSeconds} s session of worker-1 to run out`)
  const [{ opsUrl, service: survivor }] = await Promise.all([stage.startWorker('worker-2'), placing])
  story.say(`the API has answered all ${orderCount} orders with 202: the topic has them`)
  return { url, opsUrl, survivor, committedAtKill }
}

/** Resolves when the workers have billed that many orders; rejects when this one ends. */
async function billed(service: Service, count: number, diary: Diary): Promise<void> {
  await service.said(() => diary.billed.length >= count)
}

async function readBack(
  { kafka, services, stage, story, diary, spans, out, signal }: Orders,
  { opsUrl, survivor, committedAtKill }: AfterTheKill,
  { stay }: OrdersOptions,
): Promise<readonly Verdict[]> {
  await caughtUp(kafka, stage.groups, [survivor], signal)
  const unaccounted = await unaccountedRecords(opsUrl, signal)
  await showMetrics(opsUrl, story, signal)
  const endings = stay ? [] : await services.stop()
  const evidence = await gatherEvidence(kafka, stage.names, stage.groups)
  const fates = new Map(planOrders(orderCount).map(({ fate, body }) => [body.OrderId, fate]))
  const { topic } = stage.names
  const run = {
    topic,
    evidence,
    diary,
    fates,
    garbage: garbage.length,
    hostile: 1,
    committedAtKill,
    unaccounted,
    endings,
  }

  const [shown] = evidence.deadLetters.filter(({ record }) => fates.has(record.key?.toString() ?? ''))
  if (shown !== undefined) {
    story.chapter('One dead letter, as any Kafka client sees it')
    printDeadLetter(out, stage.names.deadLetterTopic, shown.record)
    showTrace(shown.record, spans, story)
  }
  const verdicts = judge(run)
  story.chapter(`The numbers, read back with ${kafka.readWith}`)
  printVerdicts(out, verdicts)
  return verdicts
}

async function showMetrics(opsUrl: string, story: Story, signal: AbortSignal): Promise<void> {
  story.chapter('What worker-2 counts, as Prometheus reads it')
  const response = await fetch(`${opsUrl}/metrics`, { signal })
  for (const line of metricLines(await response.text())) story.say(line)
}

/** The record carries the context of the trace that it was sent in, also as a dead letter. */
function showTrace(record: ProbeRecord, spans: SpanBook, story: Story): void {
  const traceId = headerOf(record, 'traceparent')?.split('-')[1] ?? ''
  story.chapter(`Its trace, one of ${spans.traces} with ${spans.spans} spans`)
  for (const line of traceLines(spans.spansOf(traceId))) story.say(line)
}

async function stayUntilStopped({ story, signal }: Orders, { url, opsUrl }: AfterTheKill): Promise<void> {
  story.chapter('It stays: Ctrl-C ends everything')
  story.say(`curl -i ${url}/api/orders -H 'content-type: application/json' -d '{`)
  story.say(`  "orderId": "ORD-900001", "customerId": "flaky-you", "amount": 42,`)
  story.say(`  "timestampUtc": "2026-01-01T00:00:00Z"}'`)
  story.say(`curl ${opsUrl}/inspect`)
  story.tellSuccess()
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
