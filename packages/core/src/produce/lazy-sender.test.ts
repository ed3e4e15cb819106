import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import { createLazySender } from './lazy-sender.js'
import type { OutgoingRecord, Sender } from './sender.js'

const record = (value: string): OutgoingRecord => ({ topic: 't', key: null, value: Buffer.from(value) })

function setup() {
  const sent: string[] = []
  const openings: PromiseWithResolvers<Sender>[] = []
  let closed = 0
  const sender: Sender = {
    async send({ topic, value }) {
      sent.push(String(value))
      return { topic, partition: 0, offset: 0n, timestamp: 0 }
    },
    flush: async () => undefined,
    close: async () => void (closed += 1),
  }
  const lazy = createLazySender(() => {
    const opening = Promise.withResolvers<Sender>()
    openings.push(opening)
    return opening.promise
  })
  return { lazy, sender, sent, openings, closed: () => closed }
}

describe('a lazy sender', () => {
  it('opens at the first record, once', async () => {
    const { lazy, sender, openings, sent } = setup()
    await lazy.flush()
    expect(openings).toHaveLength(0)
    const both = [lazy.send(record('1')), lazy.send(record('2'))]
    openings[0]?.resolve(sender)
    await Promise.all(both)
    await lazy.send(record('3'))
    expect([openings.length, sent]).toEqual([1, ['1', '2', '3']])
  })

  it('lets no record overtake those that waited for it to open', async () => {
    const { lazy, sender, openings, sent } = setup()
    let next = 0
    const send = async (): Promise<unknown> => lazy.send(record(String(next++)))
    /** Sends at each turn of the microtasks, before or after those that the opening lets go on in it. */
    const atEachTurn = async (): Promise<void> => {
      const sends: Promise<unknown>[] = []
      for (let turn = 0; turn < 8; turn += 1) {
        await Promise.resolve()
        sends.push(send())
      }
      await Promise.all(sends)
    }
    const first = send()
    const before = atEachTurn()
    openings[0]?.resolve(sender)
    await Promise.all([first, before, atEachTurn()])
    expect(sent).toEqual(Array.from({ length: 17 }, (_, number) => String(number)))
  })

  it('tries again at the next record when it did not open', async () => {
    const { lazy, sender, openings, sent } = setup()
    const refused = lazy.send(record('1'))
    openings[0]?.reject(fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'b:9092', tries: 1 }))
    await expect(refused).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_UNREACHABLE' })
    const next = lazy.send(record('2'))
    openings[1]?.resolve(sender)
    await next
    expect(sent).toEqual(['2'])
  })

  it('opens nothing to be closed, and takes nothing after', async () => {
    const { lazy, openings, closed } = setup()
    await Promise.all([lazy.close(), lazy.close()])
    await expect(lazy.send(record('1'))).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_CLOSED' })
    expect([openings.length, closed()]).toEqual([0, 0])
  })

  it('closes what it opened, once', async () => {
    const { lazy, sender, openings, closed } = setup()
    const sending = lazy.send(record('1'))
    openings[0]?.resolve(sender)
    await sending
    await Promise.all([lazy.close(), lazy.close()])
    expect(closed()).toBe(1)
  })
})
