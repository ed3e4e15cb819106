import { duplicatesIn, overlapsAcrossGenerations, redoneIn } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { faultsOf } from './rig/faults-of.js'
import { planRecords } from './rig/plan-records.js'
import { createProofRig } from './rig/proof-rig.js'

const total = 20_000
const kills = 5

describeWithBroker('workers that are killed', (cluster) => {
  test('lose nothing in five kills, and do again at most what was in flight or not committed', async () => {
    const rig = await createProofRig(cluster, { records: planRecords(total) })
    try {
      const killed: { worker: string; committed: ReadonlyMap<number, bigint> }[] = []
      /** Kills while records flow. The session of the dead runs out by itself: 6 s in which the others go on. */
      const kill = async (name: string): Promise<void> => {
        rig.producer.release(total / (kills + 1))
        await rig.worked(name, 150)
        rig.worker(name).kill('SIGKILL')
        expect(await rig.worker(name).exited).toEqual({ code: null, signal: 'SIGKILL' })
        killed.push({ worker: name, committed: await rig.committed() })
      }
      const join = async (started: readonly string[], all: readonly string[]): Promise<void> => {
        for (const name of started) rig.start(name)
        await rig.settled(all)
      }

      await join(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'])
      await kill('a')
      await kill('b')
      await rig.settled(['c', 'd'])
      await join(['e', 'f'], ['c', 'd', 'e', 'f'])
      await kill('c')
      await kill('e')
      await rig.settled(['d', 'f'])
      await join(['g'], ['d', 'f', 'g'])
      await kill('d')
      await rig.producer.finish()
      await rig.caughtUp()
      for (const name of ['f', 'g']) expect(await rig.terminate(name)).toEqual({ code: 0, signal: null })

      const evidence = await rig.evidence()
      const redone = redoneIn(evidence)
      const bound = killed.reduce(
        (sum, { worker, committed }) => sum + redone({ worker, committed: (_topic, at) => committed.get(at) ?? 0n }),
        0,
      )
      const duplicates = [...duplicatesIn(evidence).values()].reduce((sum, count) => sum + count, 0)
      process.stdout.write(`${kills} kills: ${duplicates} of ${total} delivered again, ${bound} explained\n`)

      expect(evidence.sent).toHaveLength(total)
      const isLeftOpen = ({ worker, partition, offset }: { worker: string; partition: number; offset: bigint }) =>
        killed.some((kill) => kill.worker === worker && offset >= (kill.committed.get(partition) ?? 0n))
      const survivors = [rig.worker('f'), rig.worker('g')]
      expect(faultsOf(evidence, { isLeftOpen, duplicatesAtMost: bound, survivors })).toEqual([])
      expect(overlapsAcrossGenerations(evidence, { by: 'partition' })).toBe(0)
      expect(duplicates).toBeGreaterThan(0) // else no kill came in the middle of anything
      // The bound is no blank cheque: per kill, what 200 records of commits and 12 lanes leave open.
      expect(bound).toBeLessThan(kills * 400)
    } finally {
      await rig.close()
    }
  })
})
