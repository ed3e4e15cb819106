// A process that holds secrets, meets faults and prints all that it can be made to print: `planted-secrets.test.ts` reads it.
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { avro } from '@millrace/schema-registry'
import {
  type AnyTopic,
  createProducer,
  createWorker,
  defineConsumer,
  describeConfiguration,
  handle,
  isMillraceError,
  type MessageOf,
  printConfiguration,
  topic,
  utf8,
  type Worker,
} from '../index.js'

export interface Scenario {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  /** How long it may try to start. A worker waits for brokers that are away, so some of them never end by themselves. */
  readonly forMs: number
  /** Whether the values of the topic have a schema in the registry. */
  readonly hasSchema?: boolean
}

const plain = topic('orders', { key: utf8, value: utf8 })
const withSchema = topic('orders', { key: utf8, value: avro({ type: 'record', name: 'Order', fields: [] }) })

/** As Confluent frames it: schema 1, and one byte. */
const framed = '\0\0\0\0\u0001x'

/** All of a value that can be reached, as a debugger or a crash shows it. */
const everything = (value: unknown): string =>
  inspect(value, { depth: null, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null })

function tell(what: string, error: unknown): void {
  console.log(what, isMillraceError(error) ? error.code : '', everything(error))
  for (let one = error; one instanceof Error; one = one.cause) console.log(String(one), one.stack, JSON.stringify(one))
}

const pages = ['/livez', '/readyz', '/startupz', '/metrics', '/inspect', '/info', '/nowhere']
const verbs = ['/pause', '/resume', '/seek', '/log-level']

async function ask(
  port: number | undefined,
  paths: readonly string[],
  init: RequestInit = {},
  hidden = '',
): Promise<void> {
  if (port === undefined) return
  for (const path of paths) {
    const shown = path.replace(hidden, '')
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
      console.log(shown, answer.status, [...answer.headers], await answer.text())
    } catch (error) {
      tell(shown, error)
    }
  }
}

/** With a guessed token, with the right one and nonsense, and with a token in the wrong place. */
async function askAdmin(port: number | undefined, token = ''): Promise<void> {
  for (const said of ['guessed', token]) {
    const headers = { authorization: `Bearer ${said}`, 'content-type': 'application/json' }
    await ask(port, verbs, { method: 'POST', body: '{"group": 1}', headers })
  }
  await ask(port, [`/pause?token=${token}`, `/${token}`], { method: 'POST', body: token }, token)
}

async function play({ name, env, forMs, hasSchema = false }: Scenario): Promise<void> {
  console.log(`--- ${name}`)
  const described = describeConfiguration({ env })
  console.log(printConfiguration(described), everything(described))

  const fail = (): void => {
    throw new Error('no such customer')
  }
  const failing = hasSchema ? handle(withSchema, { deadLetter: true }, fail) : handle(plain, { deadLetter: true }, fail)
  const worker: Worker = createWorker({ consumers: [defineConsumer({ group: 'billing', handlers: [failing] })], env })
  worker.onAny((event) => console.log(everything(event)))
  const met = new Promise<void>((resolve) => {
    worker.on('record.dead-lettered', () => resolve())
    worker.on('partition.paused', () => resolve())
  })
  const started = worker.start().then(
    () => console.log('started'),
    (error: unknown) => tell('start', error),
  )
  await Promise.race([started, wait(forMs / 2)])
  await send(plain, { key: 'a', value: hasSchema ? framed : 'b' }, env, forMs)
  if (hasSchema) await send(withSchema, { key: 'a', value: {} }, env, forMs)
  if (worker.state === 'running') await Promise.race([met, wait(forMs)])
  await ask(worker.opsPort, pages)
  await askAdmin(worker.adminPort, env['OPS_ADMIN_TOKEN'])
  console.log(everything(worker), everything(worker.inspect()))
  await worker.stop()
  await started
}

async function send<T extends AnyTopic>(
  to: T,
  message: MessageOf<T>,
  env: Scenario['env'],
  forMs: number,
): Promise<void> {
  try {
    const producer = createProducer(to, { env, deliveryTimeout: '1s' })
    const sent = producer.send(message).catch((error: unknown) => tell('send', error))
    await Promise.race([sent, wait(forMs / 2)])
    console.log(everything(producer))
    await producer.close({ timeout: '200ms' })
  } catch (error) {
    tell('producer', error)
  }
}

const scenarios: readonly Scenario[] = JSON.parse(process.argv[2] ?? '[]')
for (const scenario of scenarios) await play(scenario)

// And the crash of somebody who starts a worker and catches nothing.
console.log('--- crash')
await createWorker({ consumers: [], env: { ...scenarios[0]?.env, KAFKA_SECURITY_PROTOCOL: 'nonsense' } }).start()
