import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { faultsOfPipeline } from './rig/faults-of-pipeline.js'
import { createPipelineRig } from './rig/pipeline-rig.js'
import { planRecords } from './rig/plan-records.js'

// A checker counts only if it turns red: the same rig, with a worker that does what transactions are there to prevent.
describeWithBroker('the proof of exactly once itself', (cluster) => {
  test('finds a worker that sends its outputs beside the transaction, after it has died in the middle', async () => {
    const rig = await createPipelineRig(cluster, {
      ...{ records: planRecords(1_500), handlerMs: 2, partitions: 3 },
      ...{ sendsOutside: true, transactionIntervalMs: 2_000 },
    })
    try {
      rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(1_500)
      await rig.worked('a', 200)
      rig.worker('a').kill('SIGKILL')
      await rig.worker('a').exited
      await rig.producer.finish()
      rig.start('b')
      await rig.caughtUp()
      expect(await rig.terminate('b')).toEqual({ code: 0, signal: null })

      const faults = faultsOfPipeline(await rig.evidence(), { survivors: [rig.worker('b')] })
      expect(faults.filter((fault) => fault.startsWith('O8: duplicate'))).not.toEqual([])
      // The proof saw what it should and nothing else: what is wrong is that outputs are there twice.
      expect(faults.filter((fault) => !fault.startsWith('O8: '))).toEqual([])
    } finally {
      await rig.close()
    }
  })
})
