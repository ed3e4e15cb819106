import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf } from './rig/faults-of.js'
import { type OwnBroker, startOwnBroker } from './test-support/own-broker.js'
import { planRecords } from './rig/plan-records.js'
import { createProofRig } from './rig/proof-rig.js'

describeWithBroker('a broker that is killed and started again', (shared) => {
  let own: OwnBroker
  beforeAll(async () => {
    own = await startOwnBroker(shared)
  })
  afterAll(() => own.stop())

  test('costs its workers no record, no second run and no restart, twice in a row', async () => {
    const total = 9_000
    const rig = await createProofRig(own, { records: planRecords(total), perSecond: 6_000, partitions: 6 })
    try {
      await rig.producer.finish()
      const names = ['a', 'b']
      for (const name of names) rig.start(name)
      await rig.settled(names)
      for (const _time of [1, 2]) {
        await Promise.all(names.map((name) => rig.worked(name, 150)))
        await own.control.kill()
        await own.control.restart()
      }
      await rig.caughtUp()
      for (const name of names) expect(await rig.terminate(name)).toEqual({ code: 0, signal: null })

      const evidence = await rig.evidence()
      expect(evidence.sent).toHaveLength(total)
      expect(faultsOf(evidence, { survivors: rig.workers() })).toEqual([])
      const signals = rig.workers().flatMap(({ announcements }) => announcements.map(({ signal }) => signal))
      expect(signals).not.toContain('member.died')
    } finally {
      await rig.close()
    }
  })
})
