import assert from 'node:assert/strict'
import type { MemberLog } from '../member-log.js'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

const refusals = ['MILLRACE_DRIVER_LEASE_ENDED', 'MILLRACE_DRIVER_COMMIT_REFUSED']
const assertRefused = (outcome: string): void => {
  assert.ok(refusals.includes(outcome), `a commit of a member that is out of its group ended as: ${outcome}`)
}

const partitionsOf = ({ leases }: MemberLog): string[] => leases.map(({ partition }) => String(partition)).toSorted()

export const membershipRules: readonly ConformanceRule[] = [
  {
    id: 'lost-leases-are-called-lost',
    name: 'a member that its group threw out hears onRevoked with lost: true, and one in an orderly rebalance without',
    needs: ['eviction'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic)
      await rig.settled(log)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.deepEqual(
        log.all('revoked').map(({ lost }) => lost),
        [false],
      )
      await other.member.leave()
      await rig.until('all partitions again', () => log.leases.length === 2)
      const before = log.all('revoked').length
      await rig.cluster.evict?.(rig.group)
      await rig.until('the loss', () => log.all('revoked').length > before)
      assert.equal(log.all('revoked')[before]?.lost, true)
    },
  },
  {
    id: 'a-lost-lease-does-not-commit',
    name: `a commit after the group threw the member out rejects with ${refusals.join(' or ')}, inside onRevoked too`,
    needs: ['eviction'],
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(3))
      const inside: string[] = []
      const log = await rig.join(topic, {
        async onRevoked(leases, { lost }, { member }) {
          if (!lost) return
          const commits = leases.map((lease) => ({ lease, offset: 2n }))
          inside.push(await outcomeOf(member.commit(commits, new AbortController().signal)))
        },
      })
      await rig.until('the records', () => log.records().length >= 3)
      const lease = log.lease(0)
      await rig.cluster.evict?.(rig.group)
      assertRefused(await outcomeOf(log.commit({ lease, offset: 2n })))
      await rig.until('the loss', () => log.all('revoked-done').length > 0)
      inside.forEach(assertRefused)
      assert.deepEqual(await rig.cluster.committed(rig.group), [])
    },
  },
  {
    id: 'a-lost-member-joins-again',
    name: 'a member that its group threw out joins again by itself and goes on reading',
    needs: ['eviction'],
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      await rig.settled(log)
      await rig.cluster.evict?.(rig.group)
      await rig.until('the loss', () => log.all('revoked-done').length > 0)
      await rig.cluster.write(topic, numbered(1))
      await rig.until('a record through a new lease', () => log.records().length > 0)
      assert.equal(log.all('fatal').length, 0)
    },
  },
  {
    id: 'heartbeats-need-no-records',
    name: 'a member whose pipeline takes nothing keeps its leases for several session timeouts',
    async run(rig) {
      const { sessionTimeoutMs } = rig.limits
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic, { sessionTimeoutMs, heartbeatIntervalMs: sessionTimeoutMs / 5 })
      await rig.settled(log)
      for (const lease of log.leases) lease.pause()
      await rig.wait(sessionTimeoutMs * 3)
      assert.equal(log.all('revoked').length, 0, 'the leases ended')
      assert.equal((await rig.cluster.members(rig.group)).length, 1, 'the group has not kept its member')
    },
  },
  {
    id: 'heartbeats-go-on-while-draining',
    name: 'a drain of several session timeouts keeps its leases and its right to commit',
    async run(rig) {
      const { sessionTimeoutMs } = rig.limits
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, numbered(3))
      const outcomes: string[] = []
      const log = await rig.join(topic, {
        sessionTimeoutMs,
        heartbeatIntervalMs: sessionTimeoutMs / 5,
        async onRevoked(leases, _reason, { member }) {
          if (outcomes.length > 0) return
          await rig.wait(sessionTimeoutMs * 3)
          const commits = leases.filter(({ partition }) => partition === 0).map((lease) => ({ lease, offset: 2n }))
          outcomes.push(await outcomeOf(member.commit(commits, new AbortController().signal)))
        },
      })
      await rig.until('the records', () => log.records().length >= 3)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.deepEqual(outcomes, ['resolved'])
      assert.deepEqual(
        (await rig.cluster.committed(rig.group)).map(({ offset }) => offset),
        [2n],
      )
      assert.deepEqual(
        log.all('revoked').map(({ lost }) => lost),
        [false],
      )
    },
  },
  {
    id: 'a-static-member-comes-back',
    name: 'a member that leaves and joins again with its instanceId gets its partitions back, and no other member is disturbed',
    needs: ['static-membership'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 4 })
      const instanceId = rig.uniqueName('instance')
      const stays = await rig.join(topic, { instanceId: rig.uniqueName('instance') })
      const first = await rig.join(topic, { instanceId })
      await rig.settled(stays, first)
      const owned = partitionsOf(first)
      const revoked = stays.all('revoked').length
      await first.member.leave()
      const second = await rig.join(topic, { instanceId })
      await rig.until('its partitions', () => second.leases.length > 0)
      assert.deepEqual(partitionsOf(second), owned)
      assert.equal(stays.all('revoked').length, revoked, 'another member was disturbed')
    },
  },
  {
    id: 'the-elder-of-two-instances-dies',
    name: 'of two members with one instanceId the newer one owns the partitions, and the older one dies with MILLRACE_DRIVER_INSTANCE_FENCED',
    needs: ['static-membership'],
    async run(rig) {
      const topic = await rig.topic()
      const instanceId = rig.uniqueName('instance')
      const elder = await rig.join(topic, { instanceId })
      await rig.settled(elder)
      const newer = await rig.join(topic, { instanceId })
      await rig.until('the partition at the newer one', () => newer.leases.length === 1)
      await rig.until('the death of the older one', () => elder.all('fatal').length > 0)
      const [death] = elder.all('fatal')
      assert.equal(await outcomeOf(Promise.reject(death?.error)), 'MILLRACE_DRIVER_INSTANCE_FENCED')
      assert.equal(elder.leases.length, 0, 'a dead member with a lease')
      assert.equal(newer.all('fatal').length, 0)
    },
  },
]
