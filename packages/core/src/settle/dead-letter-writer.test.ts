import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { OutgoingRecord, Sender } from '../produce/sender.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { header } from '../test-support/records.js'
import { writeDeadLetter } from './dead-letter-writer.js'
import type { OversizePolicy } from './letter-forms.js'
import type { DeadLetter } from './shrink-dead-letter.js'

const report = { topic: 'orders.dlq', partition: 0, offset: 1n, timestamp: 0 }
const refused = () =>
  Promise.reject(fail('MILLRACE_PRODUCE_REFUSED', { topic: 'orders.dlq', partition: 0, reason: 'unknown topic' }))

const tooLarge = () =>
  Promise.reject(fail('MILLRACE_PRODUCE_TOO_LARGE', { topic: 'orders.dlq', partition: 0, bytes: 9, limit: 5 }))

const ours = ['source-topic', 'source-partition', 'source-offset', 'error', 'error-stack', 'handler']
const letter: DeadLetter = {
  topic: 'orders.dlq',
  key: Buffer.from('k'),
  value: Buffer.alloc(1_000),
  headers: [header('handler', 'theirs'), ...ours.map((name) => header(name, 'x'.repeat(300)))],
  originalHeaders: 1,
}

function setup(answers: (() => Promise<typeof report>)[], onOversize: OversizePolicy = 'halt') {
  const clock = createHandClock()
  const draining = new AbortController()
  const told: string[] = []
  const sent: OutgoingRecord[] = []
  const sender: Sender = {
    send: (record) => {
      sent.push(record)
      return (answers.shift() ?? refused)()
    },
    flush: async () => undefined,
    close: async () => undefined,
  }
  const ack = writeDeadLetter(sender, clock, {
    letter,
    onOversize,
    draining: draining.signal,
    ended: new AbortController().signal,
    onFailed: (error, tries, delayMs) => told.push(`${(error as { code?: string }).code} ${tries} ${delayMs}`),
    onRecovered: (tries) => told.push(`recovered ${tries}`),
  })
  return { ack, clock, draining, told, sent, sends: () => sent.length }
}

describe('writing a dead letter', () => {
  it('is done when the broker has acknowledged it', async () => {
    const { ack, told } = setup([async () => report])
    expect(await ack).toEqual({ kind: 'acknowledged' })
    expect(told).toEqual([])
  })

  it('is tried again after 1 s, doubling to 60 s, until it succeeds', async () => {
    const { ack, clock, told, sends } = setup([...Array.from({ length: 8 }, () => refused), async () => report])
    await clock.advance(1_000 * (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60))
    expect(await ack).toEqual({ kind: 'acknowledged' })
    expect(sends()).toBe(9)
    expect(told.map((line) => line.split(' ').at(-1))).toEqual([
      '1000',
      '2000',
      '4000',
      '8000',
      '16000',
      '32000',
      '60000',
      '60000',
      '9',
    ])
    expect(told[0]).toContain('MILLRACE_SETTLE_DEAD_LETTER_FAILED')
  })

  it('settles nothing when the lease drains while it waits', async () => {
    const { ack, clock, draining, sends } = setup([refused])
    await clock.advance(500)
    draining.abort('revoked')
    expect(await ack).toEqual({ kind: 'abandoned' })
    expect(sends()).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('starts no further try on a draining lease', async () => {
    const failing = Promise.withResolvers<typeof report>()
    const { ack, draining, told } = setup([() => failing.promise])
    draining.abort('revoked')
    failing.reject(new Error('closed'))
    expect(await ack).toEqual({ kind: 'abandoned' })
    expect(told).toEqual([])
  })

  it('counts as acknowledged when the answer comes during the drain', async () => {
    const late = Promise.withResolvers<typeof report>()
    const { ack, draining } = setup([() => late.promise])
    draining.abort('revoked')
    late.resolve(report)
    expect(await ack).toEqual({ kind: 'acknowledged' })
  })
})

const namesOf = ({ headers = [] }: OutgoingRecord): string[] => headers.map(([name]) => name.toString())

describe('a dead letter that is too large', () => {
  const large = (times: number) => Array.from({ length: times }, () => tooLarge)

  it('is sent in smaller and smaller forms, without a pause, until one is acknowledged', async () => {
    const { ack, clock, sent, told } = setup([...large(3), async () => report])
    expect(await ack).toMatchObject({
      kind: 'acknowledged-smaller',
      as: 'shrunk',
      oversize: { bytes: 1_000 + 1_883 - 5 },
    })
    expect(sent.map(namesOf)).toEqual([
      ['handler', ...ours],
      ['handler', ...ours.filter((name) => name !== 'error-stack')],
      ['handler', ...ours.filter((name) => name !== 'error-stack')],
      ['handler', ...ours.slice(0, 4)],
    ])
    expect(sent.every(({ key, value }) => key === letter.key && value === letter.value)).toBe(true)
    expect([told, clock.pending]).toEqual([[], 0])
  })

  it.each([
    ['halt', 4],
    ['skip', 4],
    ['without-value', 5],
  ] as const)('is not sent for ever: with %s its fate is decided after %d sends', async (policy, sends) => {
    const world = setup(large(50), policy)
    expect(await world.ack).toMatchObject({
      kind: 'too-large',
      oversize: { error: expect.objectContaining({ code: 'MILLRACE_PRODUCE_TOO_LARGE' }) },
    })
    expect(world.sends()).toBe(sends)
  })

  it('goes without its value only where that was written, as the last of its forms', async () => {
    const { ack, sent } = setup([...large(4), async () => report], 'without-value')
    expect(await ack).toMatchObject({ kind: 'acknowledged-smaller', as: 'without-value' })
    expect(sent.map(({ value }) => value)).toEqual([...Array.from({ length: 4 }, () => letter.value), null])
    expect(namesOf(sent[4] ?? letter)).toEqual(['handler', ...ours.slice(0, 4), 'omitted-value-bytes'])
  })

  it('stays in its smaller form while the topic is away', async () => {
    const { ack, clock, sent, told } = setup([tooLarge, refused, async () => report])
    await clock.advance(1_000)
    expect(await ack).toMatchObject({ kind: 'acknowledged-smaller', as: 'shrunk' })
    expect(sent[1]).toBe(sent[2])
    expect(told).toEqual(['MILLRACE_SETTLE_DEAD_LETTER_FAILED 1 1000', 'recovered 2'])
  })

  it('ends a failure: the topic answers again', async () => {
    const { ack, clock, told } = setup([refused, ...large(4)])
    await clock.advance(1_000)
    expect(await ack).toMatchObject({ kind: 'too-large' })
    expect(told.at(-1)).toBe('recovered 2')
  })

  it('settles nothing on a draining lease', async () => {
    const first = Promise.withResolvers<typeof report>()
    const { ack, draining, sends } = setup([() => first.promise])
    draining.abort('revoked')
    first.reject(fail('MILLRACE_PRODUCE_TOO_LARGE', { topic: 'orders.dlq', partition: 0, bytes: 9 }))
    expect(await ack).toEqual({ kind: 'abandoned' })
    expect(sends()).toBe(1)
  })
})
