import type { MessageContext, MillraceEvent, Worker } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { seeded } from './seeded.js'
import type { SimulatedCluster } from './simulated-cluster.js'
import { createWitness } from './witness.js'
import { createWorld } from './world.js'

function setup() {
  const world = createWorld(seeded(1))
  const actor = world.actor('a')
  const group = { generation: 1 }
  const cluster = { onCommit: () => undefined, committed: () => 5n, generation: () => group.generation }
  const witness = createWitness(world, cluster as unknown as SimulatedCluster)
  let tell = (_event: MillraceEvent): void => undefined
  witness.watch(actor, { onAny: (listener: typeof tell) => (tell = listener) } as unknown as Worker)
  const started = (generation: number): void =>
    tell({ name: 'lease.started', group: 'g', topic: 'orders', partition: 0, generation, offset: 5n })
  const middleware = witness.middlewareOf(actor)
  const context = { group: 'g', topic: 'orders', partition: 0, offset: 5n, attempt: 1 }
  const run = (work: () => Promise<unknown>): unknown => middleware('', context as unknown as MessageContext, work)
  const edges = (): readonly string[] => witness.lines.map(({ edge }) => edge)
  return { group, witness, started, run, edges, tell: (event: MillraceEvent) => tell(event) }
}
const nothing = async (): Promise<void> => undefined

describe('a witness', () => {
  it('writes a line before and after each run, with the generation of its lease', async () => {
    const { witness, started, run } = setup()
    started(1)
    await run(nothing)
    await expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(witness.lines.map(({ edge, generation }) => `${edge} ${generation}`)).toEqual([
      ...['start 1', 'done 1'],
      ...['start 1', 'threw 1'],
    ])
    expect(witness.breaches).toEqual([])
  })

  it('counts nothing that a zombie does, from the moment on when its group has gone on', async () => {
    const { group, started, run, edges } = setup()
    started(1)
    await run(async () => {
      group.generation = 2
    })
    expect(edges()).toEqual(['start'])
    await run(nothing)
    expect(edges()).toEqual(['start'])
  })

  it('calls a run without a lease a breach', async () => {
    const { witness, started, run, tell } = setup()
    started(1)
    tell({
      name: 'lease.ended',
      group: 'g',
      topic: 'orders',
      partition: 0,
      generation: 1,
      reason: 'revoked',
      abandoned: 0,
    })
    await run(nothing)
    expect(witness.breaches).toEqual(['a runs orders[0]@5 without a lease of its partition'])
  })

  it('knows of a lease where its group stood, and whether the group had gone on', () => {
    const { witness, started, group } = setup()
    group.generation = 2
    started(1)
    started(2)
    expect(witness.leases).toMatchObject([
      { worker: 'a', offset: 5n, committed: 5n, isStale: true },
      { generation: 2, isStale: false },
    ])
  })
})
