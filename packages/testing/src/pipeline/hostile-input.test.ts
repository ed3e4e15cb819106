import { bytes, defineConsumer, exponential, handle, json, type MessageContext, topic, utf8 } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { badKeys, badValues } from '../bad-input/bad-bytes.js'
import { badBehaviours, badThrows } from '../bad-input/bad-handlers.js'
import { badHeaderLists, badHeaderNames, badHeaderValues } from '../bad-input/bad-headers.js'
import type { BadInput } from '../bad-input/bad-input.js'
import { checkDeadLetters } from '../oracles/check-dead-letters.js'
import type { ScriptedRecord } from '../scripted/scripted-record.js'
import { type TestWorker, testWorker } from '../test-worker.js'

const Raw = topic('raw', { key: bytes, value: bytes, tombstones: true })
const Text = topic('text', { key: utf8, value: json() })

const open: TestWorker[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.stop()))
})

async function setup(fn: (message: unknown, context: MessageContext) => unknown) {
  const options = { retry: exponential({ attempts: 2 }), deadLetter: true } as const
  const handlers = [handle(Raw, options, fn), handle(Text, options, fn)]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'g', handlers })], patienceMs: 20 })
  open.push(worker)
  return worker
}

/** Sends one record, then a harmless one behind it, and moves time until both are settled. */
async function drive(worker: TestWorker, on: string, record: ScriptedRecord): Promise<void> {
  worker.sendRaw(on, record)
  worker.sendRaw(on, { value: '"after"' })
  await worker.advance('2m')
  expect(worker.waiting).toEqual([])
  expect(worker.worker.inspect()).toMatchObject({ state: 'running', isReady: true })
}

/** Every dead letter of a topic, byte by byte against what was sent. */
const bytesHold = (worker: TestWorker, on: string): void => {
  const letters = worker.driver.topics().includes(`${on}.g.dlq`) ? worker.driver.records(`${on}.g.dlq`) : []
  expect(checkDeadLetters(worker.driver.records(on), letters)).toEqual([])
}

type Case = readonly [name: string, make: () => ScriptedRecord]
const cases = <Value>(
  what: string,
  list: readonly BadInput<Value>[],
  around: (value: Value) => ScriptedRecord,
): readonly Case[] => list.map(({ name, make }) => [`${what}: ${name}`, () => around(make())])

const records: readonly Case[] = [
  ...cases('key', badKeys, (key) => ({ key, value: '{}' })),
  ...cases('value', badValues, (value) => ({ value })),
  ...cases('header name', badHeaderNames, (name) => ({ value: '{}', headers: [[name, 'v']] })),
  ...cases('header value', badHeaderValues, (value) => ({ value: '{}', headers: [['attempts', value]] })),
  ...cases('headers', badHeaderLists, (headers) => ({ value: '{}', headers })),
]

describe('nothing a record contains can harm the worker', () => {
  it.each(records)(
    '%s: a handler that reads everything is run, or the record is dead-lettered unchanged',
    async (_name, make) => {
      const seen: unknown[] = []
      const worker = await setup((message, context) => {
        seen.push(message, context.key, context.headers.get('attempts'), context.headers.getAll('__proto__'))
      })
      await drive(worker, 'text', make())
      expect(seen.length / 4 + worker.deadLetters.length).toBe(2)
      bytesHold(worker, 'text')
      expect(Reflect.get({}, 'polluted')).toBeUndefined()
    },
  )

  it.each(records)('%s: arrives unchanged in the dead-letter topic when its handler fails', async (_name, make) => {
    const worker = await setup((message) => {
      if (String(message) !== '"after"') throw new Error('no')
    })
    await drive(worker, 'raw', make())
    expect(worker.deadLetters).toHaveLength(1)
    bytesHold(worker, 'raw')
  })
})

describe('nothing a handler does can kill or stall the member', () => {
  it.each(badThrows)('$name: the record is retried and dead-lettered, the next one is processed', async ({ run }) => {
    const attempts: number[] = []
    const worker = await setup((message, { attempt, signal }) => {
      if (message === 'after') return undefined
      attempts.push(attempt)
      return run({ message, signal, ms: 1 })
    })
    await drive(worker, 'text', { value: '{}' })
    expect(attempts).toEqual([1, 2])
    expect(worker.deadLetters).toHaveLength(1)
    expect(worker.worker.inspect().handlers.find(({ topic: on }) => on === 'text')).toMatchObject({
      processed: 1,
      deadLettered: 1,
    })
    bytesHold(worker, 'text')
  })

  const here = badBehaviours.filter(({ onlyInChild, end }) => onlyInChild === undefined && !end.includes('late'))
  it.each(here)('$name: the member lives, and the next record is processed', async ({ run, end }) => {
    const done: unknown[] = []
    const worker = await setup((message, { signal }) => {
      if (message === 'after') return done.push(message)
      return run({ message, signal, ms: 1 })
    })
    await drive(worker, 'text', { value: '{"a":1}' })
    expect(done).toEqual(['after'])
    expect(worker.deadLetters).toHaveLength(end === 'resolves' || end === 'blocks' ? 0 : 1)
  })
})
