import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { Sender } from '../produce/sender.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { writeDeadLetter } from './dead-letter-writer.js'

const report = { topic: 'orders.dlq', partition: 0, offset: 1n }
const refused = () =>
  Promise.reject(fail('MILLRACE_PRODUCE_REFUSED', { topic: 'orders.dlq', partition: 0, reason: 'unknown topic' }))

function setup(answers: (() => Promise<typeof report>)[]) {
  const clock = createHandClock()
  const draining = new AbortController()
  const told: string[] = []
  let sends = 0
  const sender: Sender = {
    send: () => (sends++, (answers.shift() ?? refused)()),
    flush: async () => undefined,
    close: async () => undefined,
  }
  const ack = writeDeadLetter(sender, clock, {
    letter: { topic: 'orders.dlq', key: null, value: null },
    draining: draining.signal,
    ended: new AbortController().signal,
    onFailed: (error, tries, delayMs) => told.push(`${(error as { code?: string }).code} ${tries} ${delayMs}`),
    onRecovered: (tries) => told.push(`recovered ${tries}`),
  })
  return { ack, clock, draining, told, sends: () => sends }
}

describe('writing a dead letter', () => {
  it('is done when the broker has acknowledged it', async () => {
    const { ack, told } = setup([async () => report])
    expect(await ack).toBe('acknowledged')
    expect(told).toEqual([])
  })

  it('is tried again after 1 s, doubling to 60 s, until it succeeds', async () => {
    const { ack, clock, told, sends } = setup([...Array.from({ length: 8 }, () => refused), async () => report])
    await clock.advance(1_000 * (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60))
    expect(await ack).toBe('acknowledged')
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
    expect(await ack).toBe('abandoned')
    expect(sends()).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('starts no further try on a draining lease', async () => {
    const failing = Promise.withResolvers<typeof report>()
    const { ack, draining, told } = setup([() => failing.promise])
    draining.abort('revoked')
    failing.reject(new Error('closed'))
    expect(await ack).toBe('abandoned')
    expect(told).toEqual([])
  })

  it('counts as acknowledged when the answer comes during the drain', async () => {
    const late = Promise.withResolvers<typeof report>()
    const { ack, draining } = setup([() => late.promise])
    draining.abort('revoked')
    late.resolve(report)
    expect(await ack).toBe('acknowledged')
  })
})
