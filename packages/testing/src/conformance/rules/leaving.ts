import assert from 'node:assert/strict'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

export const leavingRules: readonly ConformanceRule[] = [
  {
    id: 'leave-ends-leases',
    name: 'leave ends every lease through an awaited onRevoked in which a commit is accepted, with lost: false',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(2))
      const outcomes: string[] = []
      const log = await rig.join(topic, {
        async onRevoked(leases, _reason, { member }) {
          const commits = leases.map((lease) => ({ lease, offset: 1n }))
          outcomes.push(await outcomeOf(member.commit(commits, new AbortController().signal)))
        },
      })
      await rig.until('the records', () => log.records().length >= 2)
      await log.member.leave()
      assert.deepEqual(outcomes, ['resolved'])
      assert.deepEqual(
        log.all('revoked-done').map(({ leases, lost }) => [leases.length, lost]),
        [[1, false]],
      )
      assert.equal((await rig.cluster.committed(rig.group))[0]?.offset, 1n)
    },
  },
  {
    id: 'leave-empties-the-group',
    name: 'when leave has resolved, the member is out of its group: nobody waits for its session to end',
    async run(rig) {
      const log = await rig.join(await rig.topic())
      await rig.settled(log)
      await log.member.leave()
      assert.deepEqual(await rig.cluster.members(rig.group), [])
    },
  },
  {
    id: 'leave-is-idempotent',
    name: 'leave may be called twice at a time and again afterwards: each call resolves, and no lease ends twice',
    async run(rig) {
      const log = await rig.join(await rig.topic())
      await rig.settled(log)
      const outcomes = await Promise.all([outcomeOf(log.member.leave()), outcomeOf(log.member.leave())])
      outcomes.push(await outcomeOf(log.member.leave()))
      assert.deepEqual(outcomes, ['resolved', 'resolved', 'resolved'])
      assert.ok(log.all('revoked').length <= 1, 'a lease ended twice')
    },
  },
  {
    id: 'leave-is-bounded',
    name: 'leave resolves although onRevoked never does',
    async run(rig) {
      const log = await rig.join(await rig.topic(), {
        revokeDrainMs: rig.limits.drainMs,
        onRevoked: () => new Promise<void>(() => undefined),
      })
      await rig.settled(log)
      let isLeft = false
      void log.member.leave().then(() => (isLeft = true))
      await rig.until('the end of leave', () => isLeft)
    },
  },
  {
    id: 'nothing-is-called-after-leave',
    name: 'after leave has resolved nothing of the port is called any more, onFatal neither',
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      await rig.settled(log)
      await log.member.leave()
      const before = log.calls.length
      await rig.cluster.write(topic, numbered(3))
      const other = await rig.join(topic)
      await rig.until('the next owner reads', () => other.records().length >= 3)
      assert.deepEqual(log.calls.slice(before), [])
    },
  },
  {
    id: 'leave-while-joining',
    name: 'leave right after join resolves, and nothing is assigned afterwards',
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      await log.member.leave()
      const before = log.calls.length
      const other = await rig.join(topic)
      await rig.until('the partition at the next member', () => other.leases.length === 1)
      assert.deepEqual(log.calls.slice(before), [])
      assert.equal((await rig.cluster.members(rig.group)).length, 1)
    },
  },
]
