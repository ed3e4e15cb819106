/** A process as users write it on the facade, in one of several lives: most of them end before they have begun. */
import { createServer } from 'node:http'
import { announce } from '@millrace/testing'
import {
  createWorker,
  defineConsumer,
  handle,
  json,
  type MessageContext,
  topic,
  utf8,
  type Worker,
  type WorkerOptions,
} from 'millrace'
import { announceWorker } from './announce-worker.js'
import { leaveWithParent } from './leave-with-parent.js'
import { parseSettings } from './parse-settings.js'

const settings = parseSettings(process.argv[2])
leaveWithParent()

const named = (name: string) => topic(name, { key: utf8, value: json() })
const consumersOf = (topics: readonly string[]): WorkerOptions['consumers'] => [
  defineConsumer({
    group: settings.text('group'),
    defaults: { deadLetter: true, retry: 'none' },
    handlers: topics.map((name) => handle(named(name), {}, act)),
  }),
]

/** Does what its record says. */
async function act(does: unknown, { offset, signal }: MessageContext<string>): Promise<void> {
  announce('handling', { does, offset })
  if (does === 'leave a rejection behind') void Promise.reject(new Error('nobody listens to this promise'))
  if (does === 'throw in a timer') setImmediate(() => throwNow())
  if (does === 'wait for the end') await new Promise((resolve) => signal.addEventListener('abort', resolve))
  if (does === 'wait for the drain')
    await new Promise<void>((resolve) => draining.addEventListener('abort', () => resolve()))
}

const drain = new AbortController()
const draining = drain.signal

function throwNow(): never {
  throw new Error('nobody catches this')
}

function announced(worker: Worker): Worker {
  announceWorker(worker)
  worker.on('worker.draining', () => drain.abort())
  return worker
}

const wrongOptions = { sessionTimeout: '10S', commitRecords: 0, shutdwnTimeout: '5s' }
const contradictory: WorkerOptions['consumers'] = [
  defineConsumer({
    group: 'billing',
    handlers: [
      handle(named('orders'), {}, act),
      handle(named('refunds'), { deadLetter: 'refunds' }, act),
      handle(named('no spaces, please'), { onExhausted: 'skip' }, act),
    ],
  }),
  defineConsumer({ group: 'billing', handlers: [handle(named('orders'), { onExhausted: 'skip' }, act)] }),
]

const lives: Readonly<Record<string, () => Promise<void>>> = {
  async work() {
    const running = announced(createWorker({ consumers: consumersOf(settings.list('topics')) })).run()
    announce('begun') // signals are heard from here on
    await running
  },
  'start with wrong options': () =>
    createWorker({ consumers: consumersOf(['orders']), ...(wrongOptions as object) }).run(),
  'start with a contradictory plan': () => createWorker({ consumers: contradictory }).run(),
  'start with everything wrong': () => createWorker({ consumers: contradictory, ...(wrongOptions as object) }).run(),
  async 'hang in a hook'() {
    const onStart = (signal: AbortSignal): Promise<void> => {
      announce('hanging')
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    }
    const hooks = [{ onStart: () => announce('opened'), onStop: () => announce('closed') }, { onStart }]
    await announced(createWorker({ consumers: consumersOf(settings.list('topics')), hooks })).run()
  },
  /** The worker is a guest: signals and the end of the process are the server's. */
  async 'serve http beside it'() {
    const worker = announced(createWorker({ consumers: consumersOf(settings.list('topics')) }))
    const server = createServer((_request, response) => void response.end(JSON.stringify(worker.inspect().isReady)))
    process.once('SIGTERM', () => {
      server.close()
      void worker.stop().then(() => announce('signals', { left: process.listenerCount('SIGINT') }))
    })
    await worker.start()
    server.listen(0, '127.0.0.1', () => announce('listening', { address: server.address() }))
  },
}

await lives[settings.text('life')]?.()
