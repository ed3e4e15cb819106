import assert from 'node:assert/strict'
import { fail, isMillraceError, type Sender } from '@millrace/core'
import { outcomeOf, type RuleRig } from '../rig.js'
import type { ConformanceRule } from '../rule.js'

/** Three sends that no broker will ever answer. */
async function stuck(rig: RuleRig, deliveryTimeoutMs: number) {
  const sender: Sender = await (await rig.unreachableDriver()).openSender({ deliveryTimeoutMs })
  const record = { topic: 'nowhere', partition: 0, key: null, value: Buffer.from('x') }
  const sends = [1, 2, 3].map(() => outcomeOf(sender.send(record)))
  return { sender, sends: Promise.all(sends) }
}

export const unreachableRules: readonly ConformanceRule[] = [
  {
    id: 'an-unreachable-cluster-is-said',
    name: 'describeTopics rejects with MILLRACE_DRIVER_UNREACHABLE when no broker answers',
    needs: ['unreachable-driver'],
    async run(rig) {
      const driver = await rig.unreachableDriver()
      const call = driver.describeTopics(['nowhere'], new AbortController().signal)
      assert.equal(await outcomeOf(call), 'MILLRACE_DRIVER_UNREACHABLE')
    },
  },
  {
    id: 'a-delivery-has-an-end',
    name: 'a record that no broker has seen within deliveryTimeoutMs rejects with MILLRACE_PRODUCE_TIMED_OUT',
    needs: ['unreachable-driver'],
    async run(rig) {
      const { sender, sends } = await stuck(rig, rig.limits.drainMs)
      const timedOut = 'MILLRACE_PRODUCE_TIMED_OUT'
      assert.deepEqual(await sends, [timedOut, timedOut, timedOut])
      await sender.close({ timeoutMs: rig.limits.drainMs })
    },
  },
  {
    id: 'a-flush-says-what-is-left',
    name: 'flush rejects with MILLRACE_PRODUCE_FLUSH_TIMED_OUT and the number of unanswered records when its time is up',
    needs: ['unreachable-driver'],
    async run(rig) {
      const timeoutMs = rig.limits.drainMs
      const { sender, sends } = await stuck(rig, rig.limits.patienceMs * 3)
      const thrown: unknown = await sender.flush({ timeoutMs }).catch((error: unknown) => error)
      const code = 'MILLRACE_PRODUCE_FLUSH_TIMED_OUT'
      assert.ok(isMillraceError(thrown, code), `flush ended as: ${String(thrown)}`)
      assert.equal(thrown.message, fail(code, { unsent: 3, timeoutMs }).message)
      await sender.close({ timeoutMs: 1 }).catch(() => undefined) // the next rule is about it
      void sends
    },
  },
  {
    id: 'a-close-has-an-end',
    name: 'close ends when its time is up, and rejects every record that is unanswered then',
    needs: ['unreachable-driver'],
    async run(rig) {
      const { sender, sends } = await stuck(rig, rig.limits.patienceMs * 3)
      let isSettled = false
      const settling = sends.then(() => (isSettled = true))
      await outcomeOf(sender.close({ timeoutMs: rig.limits.drainMs }))
      await rig.until('an answer for every record', () => isSettled)
      await settling
      for (const outcome of await sends) {
        assert.match(outcome, /^MILLRACE_PRODUCE_(CLOSED|TIMED_OUT|UNKNOWN)$/)
      }
    },
  },
]
