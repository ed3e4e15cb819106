/**
 * Creates a topic and its dead-letter topic where they are missing, and says how both are:
 *   pnpm provision --topic orders.v1 --dlq-topic orders.dlq.v1 --partitions 6 --replication 1 --brokers 127.0.0.1:9092
 * Security comes from the environment variables that the worker reads too. A topic that is there is never changed, so
 * this can run at every deployment. Exit codes: 0 fine, 1 failed, 2 wrong arguments, 3 the topics do not fit each other.
 */
import { parseArgs } from 'node:util'
import { createTopicAdmin, type EnsuredTopic, isMillraceError, type TopicAdmin } from 'millrace'

interface Wanted {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly partitions: number
  readonly replication: number
  readonly brokers: string | undefined
  readonly waitSeconds: number
}

const maxWaitSeconds = 120
const dayMs = 24 * 3_600_000
const deadLetterRetentionMs = 30 * dayMs

const usage = `usage: provision-topics --topic <name> --dlq-topic <name> [options]
  --brokers <host:port,...>   default: KAFKA_BROKERS
  --partitions <number>       of a new topic, default 6
  --replication <number>      of a new topic, default 1
  --wait <seconds>            for a broker to answer, default and at most ${maxWaitSeconds}`

async function main(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const wanted = readArguments(args)
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted}\n${usage}\n`)
    return 2
  }
  const stop = new AbortController()
  const onSignal = (): void => stop.abort(new Error('stopped by a signal'))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const { brokers, waitSeconds } = wanted
    const env = brokers === undefined ? process.env : { ...process.env, KAFKA_BROKERS: brokers }
    const admin = createTopicAdmin({ env, connectTimeout: `${waitSeconds}s` })
    return await provision(admin, wanted, stop.signal)
  } catch (error) {
    process.stderr.write(`${readable(error)}\n`)
    return 1
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

function readArguments(args: string[]): Wanted | string {
  const text = { type: 'string' } as const
  const options = { topic: text, 'dlq-topic': text, brokers: text, partitions: text, replication: text, wait: text }
  try {
    const { values } = parseArgs({ args, options })
    if (values.topic === undefined || values['dlq-topic'] === undefined)
      return 'both --topic and --dlq-topic are needed'
    if (values.topic === values['dlq-topic']) return 'a topic can not be its own dead-letter topic'
    return {
      topic: values.topic,
      deadLetterTopic: values['dlq-topic'],
      brokers: values.brokers,
      partitions: wholeNumber('--partitions', values.partitions ?? '6', 100_000),
      replication: wholeNumber('--replication', values.replication ?? '1', 100),
      waitSeconds: wholeNumber('--wait', values.wait ?? String(maxWaitSeconds), maxWaitSeconds),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function wholeNumber(option: string, value: string, max: number): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new RangeError(`${option} is a whole number from 1 to ${max}, not "${value}"`)
}

async function provision(admin: TopicAdmin, wanted: Wanted, signal: AbortSignal): Promise<number> {
  const { topic, deadLetterTopic, partitions, replication } = wanted
  const [source] = await admin.ensureTopics([{ name: topic, partitions, replication }], signal)
  if (source === undefined) throw new Error(`no answer about ${topic}`)

  // A dead letter keeps the partition number of its source, so there have to be as many.
  const retentionMs = longest(deadLetterRetentionMs, source.retentionMs)
  const configs = { 'retention.ms': String(retentionMs) }
  const spec = { name: deadLetterTopic, partitions: source.partitions, replication, configs }
  const [deadLetters] = await admin.ensureTopics([spec], signal)
  if (deadLetters === undefined) throw new Error(`no answer about ${deadLetterTopic}`)

  for (const one of [source, deadLetters]) process.stdout.write(`${describe(one)}\n`)
  const differing = [source, deadLetters].filter((one) => one.partitions !== partitions)
  for (const one of differing) {
    warn(
      `${one.name} has ${one.partitions} partitions and not the ${partitions} that were asked for; it is left as it is`,
    )
  }
  if (longest(deadLetters.retentionMs ?? -1, retentionMs) !== (deadLetters.retentionMs ?? -1)) {
    warn(`${deadLetters.name} keeps dead letters for ${days(deadLetters.retentionMs)} only, not ${days(retentionMs)}`)
  }
  if (deadLetters.partitions >= source.partitions) return 0
  warn(`${deadLetters.name} has fewer partitions than ${source.name}: a worker will not start with them`)
  return 3
}

/** -1 is for ever. A cluster that does not tell is taken for Kafka's default, which is shorter than ours. */
const longest = (a: number, b: number | undefined): number => (a === -1 || b === -1 ? -1 : Math.max(a, b ?? 0))

function days(retentionMs: number | undefined): string {
  if (retentionMs === undefined) return 'unknown'
  if (retentionMs === -1) return 'for ever'
  const number = Number((retentionMs / dayMs).toFixed(2))
  return `${number} ${number === 1 ? 'day' : 'days'}`
}

const describe = ({ name, isNew, partitions, retentionMs }: EnsuredTopic): string =>
  `${name}: ${isNew ? 'created' : 'was there'}, ${partitions} partitions, kept ${days(retentionMs)}`

const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`)

const readable = (error: unknown): string =>
  isMillraceError(error)
    ? [error.message, error.why, error.todo].join('\n')
    : error instanceof Error
      ? error.message
      : String(error)

process.exitCode = await main(process.argv.slice(2))
