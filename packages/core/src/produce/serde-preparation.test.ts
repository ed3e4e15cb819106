import { describe, expect, it } from 'vitest'
import type { Serde, SerdeUse } from '../declare/serde.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { topic } from '../declare/topic.js'
import { silentLogger } from '../observe/logger.js'
import { createTopicPreparation } from './serde-preparation.js'

function setup({ prepare }: { prepare?: (use: SerdeUse) => Promise<void> } = {}) {
  const uses: SerdeUse[] = []
  const value: Serde<string> = {
    ...utf8,
    prepare: async (use) => {
      uses.push(use)
      await prepare?.(use)
    },
  }
  const Orders = topic('orders', { key: utf8, value })
  const sent: string[] = []
  const closed = new AbortController()
  const ready = createTopicPreparation({ env: { A: '1' }, logger: silentLogger }, closed.signal)
  const send = async (text: string, signal?: AbortSignal): Promise<void> => {
    await ready(Orders, 'test.orders', signal)
    sent.push(text)
  }
  return { uses, sent, closed, ready, Orders, send }
}

describe('the preparation of a producer', () => {
  it('happens once before the first send, whoever else sends meanwhile, and says what the serde is used for', async () => {
    const gate = Promise.withResolvers<void>()
    const { uses, sent, send } = setup({ prepare: () => gate.promise })
    const sends = [send('1'), send('2')]
    expect(sent).toEqual([])
    gate.resolve()
    await Promise.all(sends)
    await send('3')
    expect(uses).toMatchObject([{ topic: 'test.orders', part: 'value', direction: 'write', env: { A: '1' } }])
    expect(sent).toEqual(['1', '2', '3'])
  })

  it('lets no later send overtake those that waited for it, at whatever turn it comes', async () => {
    for (let turns = 0; turns < 15; turns++) {
      const gate = Promise.withResolvers<void>()
      const { sent, send } = setup({ prepare: () => gate.promise })
      // A signal makes its wait a few turns longer.
      const first = send('1', new AbortController().signal)
      const second = gate.promise.then(async () => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        return send('2', new AbortController().signal)
      })
      gate.resolve()
      await Promise.all([first, second])
      expect([turns, ...sent]).toEqual([turns, '1', '2'])
    }
  })

  it('is tried again by the next send after it has failed', async () => {
    let isUp = false
    const { sent, send } = setup({
      prepare: async () => {
        if (!isUp) throw new Error('the registry is away')
      },
    })
    await expect(send('1')).rejects.toThrow('the registry is away')
    isUp = true
    await send('2')
    expect(sent).toEqual(['2'])
  })

  it('is not there for serdes that need none, and none is waited for once it is done', async () => {
    const { ready, Orders, send } = setup()
    expect(ready(topic('plain', { key: utf8, value: utf8 }), 'plain')).toBeUndefined()
    await send('1')
    await expect.poll(() => ready(Orders, 'test.orders')).toBeUndefined()
  })

  it('lets go of one send whose signal aborts, and hands the signal of its owner to the serde', async () => {
    const { uses, send, closed } = setup({ prepare: () => new Promise(() => undefined) })
    const given = new AbortController()
    const waiting = send('1', given.signal)
    given.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    closed.abort()
    expect(uses[0]?.signal.aborted).toBe(true)
  })
})
