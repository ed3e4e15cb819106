import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { Logger } from '../observe/logger.js'
import { recordedEvents } from '../test-support/plans.js'
import { describeWorker } from './describe-worker.js'
import { createWorkerControl } from './worker-control.js'
import { runWorker } from './run-worker.js'
import type { StopReport, Worker } from './worker-contract.js'

function setup({
  start = async () => undefined,
  stop = async () => ({ abandoned: 0, inTime: true }),
  onGiveUp = 'exit' as 'exit' | 'stay',
  flush = undefined as (() => Promise<void>) | undefined,
}: {
  start?: () => Promise<void>
  stop?: () => Promise<StopReport>
  onGiveUp?: 'exit' | 'stay'
  flush?: () => Promise<void>
} = {}) {
  const { events } = recordedEvents()
  const lines: string[] = []
  const note = (_fields: object, message: string): void => void lines.push(message)
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
  const codes: number[] = []
  const exited = Promise.withResolvers<number>()
  const host = Object.assign(new EventEmitter(), {
    exit(code: number) {
      codes.push(code)
      exited.resolve(code)
    },
  })
  const worker: Worker = {
    state: 'idle',
    ...{ start, stop, on: (name, listener) => events.on(name, listener), onAny: (listener) => events.onAny(listener) },
    control: createWorkerControl({ groups: () => [], events }),
    describe: () => describeWorker(undefined),
    inspect: () => ({
      state: 'idle',
      hasStarted: false,
      isReady: false,
      notReadyBecause: [],
      groups: [],
      handlers: [],
    }),
  }
  const flushed: string[] = []
  const running = runWorker(worker, {
    logger,
    onGiveUp,
    host,
    flush: flush ?? (async () => void flushed.push('flushed')),
  })
  return { codes, events, exited: exited.promise, flushed, host, lines, running }
}

describe('runWorker', () => {
  it.each(['SIGTERM', 'SIGINT'])('drains on %s, flushes the logs and exits 0', async (signal) => {
    const { host, exited, flushed, running } = setup()
    host.emit(signal)
    expect(await exited).toBe(0)
    await running
    expect(flushed).toEqual(['flushed'])
    expect(host.eventNames()).toEqual([])
  })

  it('exits 1 when the drain ran out of time', async () => {
    const { host, exited } = setup({ stop: async () => ({ abandoned: 1, inTime: false }) })
    host.emit('SIGTERM')
    expect(await exited).toBe(1)
  })

  it('ends at once on a second signal', async () => {
    const { host, codes } = setup({ stop: () => new Promise(() => undefined) })
    host.emit('SIGTERM')
    host.emit('SIGTERM')
    expect(codes).toEqual([143])
  })

  it('takes the first signal as one, whatever made it end already', () => {
    const { host, codes } = setup({ stop: () => new Promise(() => undefined) })
    host.emit('unhandledRejection', 'oops')
    host.emit('SIGTERM')
    expect(codes).toEqual([])
    host.emit('SIGTERM')
    expect(codes).toEqual([143])
  })

  it('exits 1 when the stop or the last writing of logs fails', async () => {
    const stopping = setup({ stop: () => Promise.reject(new Error('stuck')) })
    stopping.host.emit('SIGTERM')
    expect(await stopping.exited).toBe(1)
    expect(stopping.flushed).toEqual(['flushed'])

    const flushing = setup({ flush: () => Promise.reject(new Error('disk full')) })
    flushing.host.emit('SIGTERM')
    expect(await flushing.exited).toBe(1)
    await flushing.running
  })

  it('says what is wrong, why and what to do, and exits 1, when the start fails', async () => {
    const error = fail('MILLRACE_TOPICS_INVALID', {
      problems: [{ where: 'topic "orders"', problem: 'does not exist', fix: 'create it' }],
    })
    const { exited, lines } = setup({ start: () => Promise.reject(error) })
    expect(await exited).toBe(1)
    expect(lines[0]).toBe(`${error.message}\n${error.why}\n${error.todo}`)
    expect(lines[0]).toContain('topic "orders": does not exist')
  })

  it('drains and exits 1 when a promise of the user was rejected with nobody listening', async () => {
    const { host, exited } = setup()
    host.emit('unhandledRejection', 'oops')
    expect(await exited).toBe(1)
  })

  it('exits 1 when a member could not be kept alive, and stays where it was told to', async () => {
    const failed = { name: 'worker.failed', error: new Error('too many deaths') } as const
    const leaving = setup()
    leaving.events.emit(failed)
    expect(await leaving.exited).toBe(1)

    const staying = setup({ onGiveUp: 'stay' })
    staying.events.emit(failed)
    expect(staying.codes).toEqual([])
    staying.host.emit('SIGTERM')
    expect(await staying.exited).toBe(0)
  })
})
