import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { faultsOf } from './rig/faults-of.js'
import { planRecords } from './rig/plan-records.js'
import { createProofRig } from './rig/proof-rig.js'

// A checker counts only if it turns red: the same rig, with a worker that does what millrace must never do.
describeWithBroker('the proof itself', (cluster) => {
  test('finds a worker that commits ahead of its handlers, and what its stop has lost by that', async () => {
    const rig = await createProofRig(cluster, {
      records: planRecords(1_500),
      handlerMs: 4,
      commitsAhead: 25,
      partitions: 3,
    })
    try {
      rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(1_500)
      await rig.worked('a', 300)
      expect(await rig.terminate('a')).toEqual({ code: 0, signal: null })
      await rig.producer.finish()
      rig.start('b')
      await rig.caughtUp()
      expect(await rig.terminate('b')).toEqual({ code: 0, signal: null })

      const faults = faultsOf(await rig.evidence(), { survivors: rig.workers() })
      expect(faults.filter((fault) => fault.startsWith('O1: lost'))).not.toEqual([])
      expect(faults.filter((fault) => fault.startsWith('O5') && fault.includes('was open'))).not.toEqual([])
    } finally {
      await rig.close()
    }
  })
})
