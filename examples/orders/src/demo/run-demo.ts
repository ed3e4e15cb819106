import { setTimeout as wait } from 'node:timers/promises'
import { createDiary, type Diary } from './diary.js'
import { committedOf, gatherEvidence, lagOf } from './evidence.js'
import { judge, type Verdict } from './judge.js'
import { type DemoKafka, startKafka } from './kafka.js'
import { unaccountedRecords } from './ledger.js'
import { garbage, hostile, planOrders } from './order-book.js'
import { placeOrders } from './place-orders.js'
import { provision } from './provision.js'
import { printDeadLetter, printVerdicts } from './report.js'
import type { Service } from './service.js'
import { createStage, namesOn, type Stage } from './stage.js'
import { createStory, type Story } from './story.js'

export interface DemoOptions {
  /** Use this cluster instead of an own one; the demo then takes names of its own and removes them again. */
  readonly brokers: string | undefined
  /** Keep everything running at the end, until `signal` aborts. */
  readonly stay: boolean
  /** Where the API listens; 0 takes any free port. */
  readonly port: number
  readonly out: NodeJS.WriteStream
  readonly signal: AbortSignal
}

const orderCount = 200
const partitions = 6
const sessionSeconds = 6
/** Orders that the first worker may finish before it is killed. */
const killAfter = 80
const settleLimitMs = 90_000
const pollMs = 200

/** The whole story. True when every number is what it should be. Whatever happens, nothing is left running. */
export async function runDemo({ brokers, stay, port, out, signal }: DemoOptions): Promise<boolean> {
  const story = createStory(out)
  story.chapter(brokers === undefined ? 'Kafka 4.3.1 starts on this machine' : `Kafka at ${brokers}`)
  const kafka = await startKafka(brokers, signal)
  const names = namesOn(kafka)
  const diary = createDiary(names.topic)
  const stage = createStage({
    ...{ kafka, names, sessionSeconds, signal },
    onLine: (line) => {
      diary.add(line)
      story.tell(line)
    },
  })
  const parts: Parts = { kafka, stage, story, diary, signal, port }
  try {
    story.say(`at ${kafka.brokers}`)
    await provisionTopics(parts)
    const after = await killInTheMiddle(parts)
    const verdicts = await readBack(parts, after, { out, stay })
    if (stay) await stayUntilStopped(story, after, signal)
    return verdicts.every(({ problem }) => problem === undefined)
  } finally {
    await stage.stop()
    if (!kafka.isOurs) await removeTraces(kafka, stage)
    await kafka.stop()
  }
}

interface Parts {
  readonly kafka: DemoKafka
  readonly stage: Stage
  readonly story: Story
  readonly diary: Diary
  readonly signal: AbortSignal
  readonly port: number
}

async function provisionTopics({ kafka: { brokers }, stage: { names }, story, signal }: Parts): Promise<void> {
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

async function killInTheMiddle({ kafka, stage, story, diary, signal, port }: Parts): Promise<AfterTheKill> {
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
  story.say(`worker-2 starts at once and waits for the ${sessionSeconds} s session of worker-1 to run out`)
  const [{ opsUrl, service: survivor }] = await Promise.all([stage.startWorker('worker-2'), placing])
  story.say(`the API has answered all ${orderCount} orders with 202: Kafka has them`)
  return { url, opsUrl, survivor, committedAtKill }
}

/** Resolves when the workers have billed that many orders; rejects when this one ends. */
async function billed(service: Service, count: number, diary: Diary): Promise<void> {
  await service.said(() => diary.billed.length >= count)
}

async function readBack(
  { kafka, stage, story, diary, signal }: Parts,
  { opsUrl, survivor, committedAtKill }: AfterTheKill,
  { out, stay }: Pick<DemoOptions, 'out' | 'stay'>,
): Promise<readonly Verdict[]> {
  const ended = await Promise.race([caughtUp(kafka, stage.groups, signal), survivor.exited])
  if (ended !== undefined) throw new Error(`${survivor.name} ended too early, by ${ended}: ${survivor.stray}`)
  const unaccounted = await unaccountedRecords(opsUrl, signal)
  const endings = stay ? [] : await stage.stop()
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
  }
  const verdicts = judge(run)
  story.chapter("The numbers, read back with Kafka's own Java clients")
  printVerdicts(out, verdicts)
  return verdicts
}

/** Waits until every group has committed the end of its topic. */
async function caughtUp(kafka: DemoKafka, groups: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + settleLimitMs
  for (;;) {
    const lags = await Promise.all([...groups].map(([group, topic]) => lagOf(kafka, group, topic)))
    if (lags.every((lag) => lag === 0n)) return
    if (performance.now() > deadlineMs) return // the table shows the lag that is left
    await wait(pollMs, undefined, { signal })
  }
}

async function stayUntilStopped(story: Story, { url, opsUrl }: AfterTheKill, signal: AbortSignal): Promise<void> {
  story.chapter('It stays: Ctrl-C ends everything')
  story.say(`curl -i ${url}/api/orders -H 'content-type: application/json' -d '{`)
  story.say(`  "orderId": "ORD-900001", "customerId": "flaky-you", "amount": 42,`)
  story.say(`  "timestampUtc": "2026-01-01T00:00:00Z"}'`)
  story.say(`curl ${opsUrl}/inspect`)
  story.tellSuccess()
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Leaves somebody else's cluster as it was. */
async function removeTraces({ admin }: DemoKafka, { names, groups }: Stage): Promise<void> {
  const removals = [
    ...[...groups.keys()].map((group) => admin.deleteGroup(group)),
    ...[names.topic, names.deadLetterTopic].map((topic) => admin.deleteTopic(topic)),
  ]
  await Promise.allSettled(removals) // what was never created can't be removed
}
