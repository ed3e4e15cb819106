import { describe, expect, it } from 'vitest'
import type { MessageContext } from '../declare/message-context.js'
import type { Middleware } from '../declare/middleware.js'
import type { HandlerPlan } from '../declare/plan.js'
import { DeadLetter, RetryAfter, Skip } from '../declare/verdict.js'
import { fail } from '../millrace-error.js'
import { silentLogger } from '../observe/logger.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan, raw } from '../test-support/plans.js'
import { header, receivedRecord } from '../test-support/records.js'
import { bindHandle, createAttempt } from './attempt.js'
import type { Handle } from './compose.js'
import { Deadlines } from './deadlines.js'
import { graceMs, type HandlerRuntime, type LateRun } from './handler-runtime.js'
import type { RunContext } from './run-context.js'
import { Stragglers } from './stragglers.js'

function setup(handle: Handle<RunContext>, plan: Partial<HandlerPlan> = {}, isOurTopic = false) {
  const clock = createHandClock()
  const late: LateRun[] = []
  const runtime: HandlerRuntime = {
    plan: handlerPlan(plan),
    clock,
    log: silentLogger,
    isOurTopic,
    limits: new Deadlines(plan.timeoutMs ?? 1_000, clock),
    graces: new Deadlines(graceMs, clock),
    stragglers: new Stragglers(),
    tally: { attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 },
    onLate: (run) => late.push(run),
  }
  const attempt = createAttempt(runtime, handle)
  const record = receivedRecord(5)
  return { clock, late, record, runtime, attempt: (to = record) => attempt(to) }
}

const failedAt = (stage: string, error: unknown) => ({ kind: 'failed', failure: { stage, error, isFinal: false } })

describe('an attempt', () => {
  it('answers without a promise when everything is synchronous', () => {
    const { attempt } = setup(() => 'fine')
    expect(attempt()).toEqual({ kind: 'succeeded' })
  })

  it('hands the handler the decoded message and where it stands', () => {
    let seen: unknown
    const { attempt } = setup((message, context) => {
      const { id, topic, partition, offset, key, group, timestamp, attempt: number } = context
      seen = { message, id, topic, partition, offset, key, group, timestamp, number }
    })
    void attempt()
    expect(seen).toEqual({
      ...{ message: Buffer.from('value-5'), id: 'orders/3/105', topic: 'orders', partition: 3, offset: 105n },
      ...{ key: Buffer.from('key-5'), group: 'billing', timestamp: 1_700_000_000_000, number: 1 },
    })
  })

  it('waits for asynchronous serdes, key and value alike', async () => {
    const later = { ...raw, decode: async (bytes: Buffer) => bytes.toString() }
    let seen: unknown
    const topic = { name: 'orders', key: later, value: later, tombstones: false }
    const { attempt } = setup((message, { key }) => (seen = [key, message]), { topic })
    expect(await attempt()).toEqual({ kind: 'succeeded' })
    expect(seen).toEqual(['key-5', 'value-5'])
  })

  it('owns the rejection of a key whose value throws at once', async () => {
    const stray: unknown[] = []
    const listen = (thrown: unknown): void => void stray.push(thrown)
    process.on('unhandledRejection', listen)
    const key = { ...raw, decode: () => Promise.reject(new Error('key')) }
    const value = {
      ...raw,
      decode: () => {
        throw new Error('value')
      },
    }
    const { attempt, clock } = setup(() => undefined, { topic: { name: 'orders', key, value, tombstones: false } })
    expect(await attempt()).toMatchObject({ kind: 'failed', failure: { stage: 'decode' } })
    await clock.advance(0)
    process.off('unhandledRejection', listen)
    expect(stray).toEqual([])
  })

  it.each<[string, unknown]>([
    ['a string', 'no such customer'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['an object without prototype', Object.create(null)],
  ])('turns a thrown value that is no error into one: %s', async (_what, thrown) => {
    const sync = setup(() => {
      throw thrown
    })
    const rejecting = setup(() => Promise.reject(thrown))
    for (const outcome of [sync.attempt(), await rejecting.attempt()]) {
      expect(outcome).toMatchObject({
        kind: 'failed',
        failure: { stage: 'handle', error: { code: 'MILLRACE_HANDLER_THREW' } },
      })
    }
  })

  it('keeps an error as it was thrown, frozen or with a cause that is itself', () => {
    const circular = new Error('circular')
    circular.cause = circular
    for (const error of [Object.freeze(new TypeError('frozen')), circular]) {
      const { attempt } = setup(() => {
        throw error
      })
      expect(attempt()).toEqual(failedAt('handle', error))
    }
  })

  it('survives an error whose message can not be read', () => {
    const hostile = Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error('gotcha')
      },
    })
    const { attempt } = setup(() => {
      throw hostile
    })
    expect(attempt()).toMatchObject({ kind: 'failed', failure: { error: { code: 'MILLRACE_HANDLER_THREW' } } })
  })

  it('reads the verdicts a handler can throw', () => {
    const thrown = (error: Error) =>
      setup(() => {
        throw error
      }).attempt()
    expect(thrown(new Skip('test order'))).toEqual({ kind: 'declined', reason: 'test order' })
    expect(thrown(new DeadLetter('unknown customer'))).toMatchObject({ kind: 'failed', failure: { isFinal: true } })
    expect(thrown(new RetryAfter('2s'))).toMatchObject({
      kind: 'failed',
      failure: { retryAfterMs: 2_000, isFinal: false },
    })
  })

  it('names the stage: a serde that throws is decode, a schema validate, an undeclared tombstone decode', () => {
    const broken = { ...raw, decode: () => fail('MILLRACE_VALIDATE_FAILED', { topic: 'orders', issues: 'amount' }) }
    const throwing = (error: Error) => ({
      ...raw,
      decode: () => {
        throw error
      },
    })
    const stageOf = (value: typeof raw, recordValue: Buffer | null) => {
      const { attempt } = setup(() => undefined, { topic: { name: 'orders', key: raw, value, tombstones: false } })
      return attempt(receivedRecord(5, { value: recordValue }))
    }
    expect(stageOf(throwing(new Error('bad')), Buffer.from('x'))).toMatchObject({ failure: { stage: 'decode' } })
    expect(stageOf(throwing(broken.decode()), Buffer.from('x'))).toMatchObject({ failure: { stage: 'validate' } })
    expect(stageOf(raw, null)).toMatchObject({
      failure: { stage: 'decode', error: { code: 'MILLRACE_DECODE_TOMBSTONE' } },
    })
  })

  it('delivers null for a declared tombstone and for a missing key', () => {
    let seen: unknown
    const { attempt } = setup((message, { key }) => (seen = [key, message]), {
      topic: { name: 'orders', key: raw, value: raw, tombstones: true },
    })
    void attempt(receivedRecord(5, { key: null, value: null }))
    expect(seen).toEqual([null, null])
  })

  it('believes source headers on topics of ours only', () => {
    const headers = [
      header('source-topic', 'orders.v1'),
      header('source-partition', '2'),
      header('source-offset', '41'),
    ]
    const idOf = (isOurTopic: boolean) => {
      let id = ''
      void setup((_message, context) => (id = context.id), {}, isOurTopic).attempt(receivedRecord(5, { headers }))
      return id
    }
    expect([idOf(true), idOf(false)]).toEqual(['orders.v1/2/41', 'orders/3/105'])
  })

  it('gives headers as text: the last of a name, or all of them', () => {
    let context: MessageContext | undefined
    const headers = [header('a', '1'), header('__proto__', 'x'), header('a', '2'), header('none', null)]
    void setup((_message, given) => (context = given)).attempt(receivedRecord(5, { headers }))
    expect(context?.headers.get('a')).toBe('2')
    expect(context?.headers.getAll('a')).toEqual(['1', '2'])
    expect(context?.headers.get('__proto__')).toBe('x')
    expect(context?.headers.get('none')).toBeUndefined()
    expect(context?.headers.get('constructor')).toBeUndefined()
  })
})

describe('the time limit', () => {
  const place = { topic: 'orders', partition: 3, generation: 7, offset: 105n }

  it('aborts the signal with reason "timeout" and fails the attempt when the handler then gives up', async () => {
    let reason: unknown
    const { attempt, clock, late } = setup(
      (_message, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
            reject(new Error('aborted'))
          })
        }),
    )
    const outcome = attempt()
    await clock.advance(1_000)
    expect(await outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'MILLRACE_HANDLER_TIMED_OUT' } } })
    expect(reason).toBe('timeout')
    expect(late).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('waits 5 s more for a handler that ignores its signal, then goes on without it', async () => {
    const { attempt, clock, late } = setup(() => new Promise(() => undefined))
    let outcome: unknown
    void Promise.resolve(attempt()).then((result) => (outcome = result))
    await clock.advance(5_999)
    expect(outcome).toBeUndefined()
    expect(late).toEqual([])
    await clock.advance(1)
    expect(outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'MILLRACE_HANDLER_TIMED_OUT' } } })
    expect(late).toEqual([{ ...place, attempt: 1, lateMs: 5_000 }])
    expect(clock.pending).toBe(0)
  })

  it('ignores a result that comes after the grace, and counts the run once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { attempt, record, clock, late } = setup(() => promise)
    record.attempt = 2
    const outcome = attempt()
    await clock.advance(7_000)
    resolve()
    await clock.advance(0)
    expect(await outcome).toMatchObject({ kind: 'failed' })
    expect(late).toEqual([{ ...place, attempt: 2, lateMs: 5_000 }])
  })

  it('leaves no timer behind a handler that ends in time', async () => {
    const { attempt, clock } = setup(async () => undefined)
    expect(await attempt()).toEqual({ kind: 'succeeded' })
    expect(clock.pending).toBe(0)
  })

  it('aborts a signal that is first asked for after the limit', async () => {
    let context: MessageContext | undefined
    const { attempt, clock } = setup((_message, given) => {
      context = given
      return new Promise(() => undefined)
    })
    void attempt()
    await clock.advance(1_000)
    expect(context?.signal.reason).toBe('timeout')
    expect(context?.deadline).toBe(1_000)
  })

  it('takes the first answer of a thenable that calls back twice', async () => {
    const twice = {
      // oxlint-disable-next-line unicorn/no-thenable -- a hostile thenable is what is tested
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve(1)
        reject(new Error('second'))
        resolve(2)
      },
    }
    const { attempt, late } = setup(() => twice)
    expect(await attempt()).toEqual({ kind: 'succeeded' })
    expect(late).toEqual([])
  })
})

describe('the time limit of runs side by side', () => {
  it('counts for each from its own start, whichever timer is running', async () => {
    const { attempt, clock } = setup(() => new Promise<never>(() => undefined))
    const ended: string[] = []
    const watch = (name: string): unknown =>
      Promise.resolve(attempt(receivedRecord(5))).then(() => ended.push(`${name} at ${clock.now()}`))
    void watch('first')
    void watch('second')
    await clock.advance(400)
    void watch('third')
    await clock.advance(10_000)
    expect(ended).toEqual(['first at 6000', 'second at 6000', 'third at 6400'])
  })
})

describe('an instance per message', () => {
  it.each([
    ['succeeds', async () => 'fine'],
    ['fails', () => Promise.reject(new Error('down'))],
  ])('is closed when the handler %s', async (_how, placed) => {
    const seen: string[] = []
    const instance = { placed: (message: unknown) => (seen.push(`placed ${String(message)}`), placed()) }
    const open = async () => ({ instance, close: async () => void seen.push('closed') })
    const target = { kind: 'method', consumer: class {}, method: 'placed' } as const
    const { attempt } = setup(bindHandle(target, { kind: 'per-message', open }))
    await attempt()
    expect(seen).toEqual(['placed value-5', 'closed'])
  })
})

describe('an interrupted run', () => {
  it('ends at once, with the reason on its signal, and what it returns later counts for nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let signal: AbortSignal | undefined
    const { attempt, record, clock, late } = setup((_message, context) => {
      signal = context.signal
      return promise
    })
    const outcome = attempt()
    record.run?.interrupt('revoked')
    expect(await outcome).toEqual({ kind: 'interrupted' })
    expect(signal?.reason).toBe('revoked')
    resolve()
    await clock.advance(0)
    expect(late).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('is a straggler of its partition until its handler has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { attempt, record, clock, runtime } = setup(() => promise)
    void attempt()
    record.run?.interrupt('revoked')
    await clock.advance(900)
    expect(runtime.stragglers.count(3)).toBe(1)
    resolve()
    await clock.advance(0)
    expect([runtime.stragglers.count(3), clock.pending]).toEqual([0, 0])
  })

  it.each([
    ['before its time limit', 500],
    ['in its grace', 3_000],
  ])('%s is a straggler no longer than limit and grace, and late from then on', async (_when, at) => {
    const { attempt, record, clock, late, runtime } = setup(() => new Promise(() => undefined))
    void attempt()
    await clock.advance(at)
    record.run?.interrupt('revoked')
    await clock.advance(5_999 - at)
    expect([runtime.stragglers.count(3), late.length]).toEqual([1, 0])
    await clock.advance(1)
    expect([runtime.stragglers.count(3), late.length, clock.pending]).toEqual([0, 1, 0])
  })

  it('is followed no longer when the worker is over', async () => {
    const { attempt, record, clock, runtime } = setup(() => new Promise(() => undefined))
    void attempt()
    record.run?.interrupt('shutdown')
    expect([runtime.stragglers.count(3), clock.pending]).toEqual([0, 0])
    void attempt()
    record.run?.interrupt('revoked')
    expect(clock.pending).toBe(1)
    runtime.stragglers.clear()
    expect([runtime.stragglers.count(3), clock.pending]).toEqual([0, 0])
  })
})

describe('a handler whose turn comes after its attempt has ended', () => {
  it('is not started when decoding took longer than the time limit and its grace', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const slow = { ...raw, decode: () => promise }
    let runs = 0
    const topic = { name: 'orders', key: raw, value: slow, tombstones: false }
    const { attempt, clock, late } = setup(() => (runs += 1), { topic })
    const outcome = attempt()
    await clock.advance(6_000)
    expect(await outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'MILLRACE_HANDLER_TIMED_OUT' } } })
    resolve('value')
    await clock.advance(0)
    expect([runs, late.length]).toEqual([0, 1])
  })

  it('is not started by a middleware that calls next() when the lease is over', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let runs = 0
    const waits: Middleware = async (_message, _context, next) => {
      await promise
      await next()
    }
    const { attempt, clock, record } = setup(() => (runs += 1), { middleware: [waits] })
    const outcome = attempt()
    record.run?.interrupt('revoked')
    resolve()
    await clock.advance(0)
    expect([await outcome, runs]).toEqual([{ kind: 'interrupted' }, 0])
  })

  it('is not started in a scope that took longer to open, and the scope is closed', async () => {
    const opening = Promise.withResolvers<void>()
    const seen: string[] = []
    const open = async () => {
      await opening.promise
      return { instance: { placed: () => void seen.push('placed') }, close: () => void seen.push('closed') }
    }
    const target = { kind: 'method', consumer: class {}, method: 'placed' } as const
    const { attempt, clock } = setup(bindHandle(target, { kind: 'per-message', open }))
    const outcome = attempt()
    await clock.advance(6_000)
    expect(await outcome).toMatchObject({ kind: 'failed' })
    opening.resolve()
    await clock.advance(0)
    expect(seen).toEqual(['closed'])
  })
})

describe('what an attempt answers when more than one thing goes wrong', () => {
  it('is the failure of the handler, not that of closing its scope', async () => {
    const instance = { placed: () => Promise.reject(new Error('card declined')) }
    const open = () => ({ instance, close: () => Promise.reject(new Error('pool is gone')) })
    const target = { kind: 'method', consumer: class {}, method: 'placed' } as const
    const { attempt } = setup(bindHandle(target, { kind: 'per-message', open }))
    expect(await attempt()).toMatchObject({ kind: 'failed', failure: { error: { message: 'card declined' } } })
  })

  it('waits 1 s where RetryAfter names no duration, instead of running again at once', () => {
    const { attempt } = setup(() => {
      throw new RetryAfter(JSON.parse('"soon"'))
    })
    expect(attempt()).toMatchObject({ kind: 'failed', failure: { retryAfterMs: 1_000 } })
  })

  it.each(['throws', 'rejects'])('is a failure even when what it %s resists every look', async (how) => {
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
    revoke()
    const { attempt } = setup(() => {
      if (how === 'throws') throw proxy
      return Promise.reject(proxy)
    })
    expect(await attempt()).toMatchObject({ kind: 'failed', failure: { error: { code: 'MILLRACE_HANDLER_THREW' } } })
  })
})
