import { expect, it } from 'vitest'
import { killInside, type KillTarget, type Looking } from './kill-inside.js'

/** What Kafka says, look by look: the states of the transaction, and what a reader of partition 1 waits behind. */
function setup(states: readonly string[], held: readonly bigint[]) {
  const [said, waiting] = [states.values(), held.values()]
  const did: string[] = []
  const target: KillTarget = {
    worker: {
      freeze: () => void did.push('freeze'),
      thaw: () => void did.push('thaw'),
      kill: async () => (did.push('kill'), 'SIGKILL'),
    },
    ...{ transactionalId: 'g-one', sinks: ['invoices'], partitions: [1] },
  }
  const kafka: Looking = {
    probe: {
      async transactions() {
        const { value: state } = said.next()
        if (state === undefined) throw new Error('Kafka is away')
        const rival = { transactionalId: 'g-one-more', state: 'Ongoing', coordinator: 1, timeoutMs: 1, partitions: 1 }
        return [rival, { ...rival, transactionalId: 'g-one', state }]
      },
    },
    admin: {
      async endOffsets(_topic, { isolation } = {}) {
        if (isolation === undefined)
          return new Map([
            [0, 99n],
            [1, 10n],
          ])
        return new Map([
          [0, 0n],
          [1, 10n - (waiting.next().value ?? 0n)],
        ])
      },
    },
  }
  return { did, run: () => killInside(target, kafka, new AbortController().signal) }
}

it('kills where a transaction is open, holds records, and is still open then', async () => {
  const { did, run } = setup(['Ongoing', 'Ongoing'], [3n])
  await expect(run()).resolves.toBe(3)
  expect(did).toEqual(['freeze', 'kill', 'thaw'])
})

it.each([
  ['there is none', ['CompleteCommit', 'Ongoing', 'Ongoing'], [3n]],
  ['it holds nothing yet', ['Ongoing', 'Ongoing', 'Ongoing', 'Ongoing'], [0n, 3n]],
  ['its end was on the way', ['Ongoing', 'PrepareCommit', 'Ongoing', 'Ongoing'], [2n, 3n]],
])('lets the worker go on where %s, and looks again', async (_case, states, held) => {
  const { did, run } = setup(states, held)
  await expect(run()).resolves.toBe(3)
  expect(did).toEqual(['freeze', 'thaw', 'freeze', 'kill', 'thaw'])
})

it('leaves no frozen worker behind where Kafka can not be asked', async () => {
  const { did, run } = setup([], [])
  await expect(run()).rejects.toThrow('Kafka is away')
  expect(did).toEqual(['freeze', 'thaw'])
})
