import assert from 'node:assert/strict'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

const ENDED = 'MILLRACE_DRIVER_LEASE_ENDED'

export const revocationRules: readonly ConformanceRule[] = [
  {
    id: 'records-stay-within-the-lease',
    name: 'records of a lease arrive only after onAssigned and before onRevoked is called',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const gate = Promise.withResolvers<void>()
      const log = await rig.join(topic, { onRevoked: () => gate.promise })
      await rig.settled(log)
      await rig.cluster.write(topic, [...numbered(3), ...numbered(3, 0, 1)])
      await rig.until('the records', () => log.records().length >= 6)
      await rig.join(topic)
      await rig.until('the revocation', () => log.all('revoked').length > 0)
      await rig.cluster.write(topic, [...numbered(1, 3), ...numbered(1, 3, 1)])
      const other = await rig.join(topic, { group: rig.uniqueName('group') })
      await rig.until('another group reads them', () => other.records().length === 8)
      gate.resolve()
      await rig.until('the next assignment', () => log.all('assigned-done').length > 1)
      for (const { lease, at } of log.batches()) {
        const begun = log.all('assigned').find(({ leases }) => leases.includes(lease))
        const over = log.all('revoked').find(({ leases }) => leases.includes(lease))
        assert.ok(begun !== undefined && at > begun.at, 'records before the assignment')
        assert.ok(over === undefined || at < over.at, 'records after the revocation began')
      }
    },
  },
  {
    id: 'onrevoked-is-awaited',
    name: 'a partition goes to another member only after the promise of onRevoked has resolved',
    async run(rig) {
      const topic = await rig.topic({ partitions: 3 })
      const gate = Promise.withResolvers<void>()
      const first = await rig.join(topic, { onRevoked: () => gate.promise })
      await rig.settled(first)
      const others = [await rig.join(topic), await rig.join(topic)]
      await rig.until('the revocation', () => first.all('revoked').length > 0)
      await rig.wait(rig.limits.quietMs)
      gate.resolve()
      await rig.settled(first, ...others)
      const [done] = first.all('revoked-done')
      for (const other of others) {
        const early = other.all('assigned').find(({ leases, at }) => leases.length > 0 && at < (done?.at ?? 0))
        assert.equal(early, undefined, 'another member had the partition while its owner was still working it off')
      }
    },
  },
  {
    id: 'the-drain-is-bounded',
    name: 'an onRevoked that never resolves holds the group up for revokeDrainMs and no longer',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const drains: Promise<void>[] = []
      const stuck = await rig.join(topic, {
        revokeDrainMs: rig.limits.drainMs,
        onRevoked: () => (drains.push(Promise.resolve()), new Promise<void>(() => undefined)),
      })
      await rig.settled(stuck)
      const other = await rig.join(topic)
      await rig.until('a partition for the other member', () => other.leases.length > 0)
      assert.ok(drains.length > 0, 'nobody was asked to work off')
    },
  },
  {
    id: 'a-drain-may-commit',
    name: 'a commit inside onRevoked is accepted and stored',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(3), ...numbered(3, 0, 1)])
      const outcomes: string[] = []
      const log = await rig.join(topic, {
        async onRevoked(leases, _reason, { member }) {
          if (outcomes.length > 0) return
          const commits = leases.map((lease) => ({ lease, offset: 2n }))
          outcomes.push(await outcomeOf(member.commit(commits, new AbortController().signal)))
        },
      })
      await rig.until('the records', () => log.records().length >= 6)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.deepEqual(outcomes, ['resolved'])
      const stored = await rig.cluster.committed(rig.group)
      assert.deepEqual(
        stored.map(({ offset }) => offset),
        [2n, 2n],
      )
    },
  },
  {
    id: 'every-lease-is-revoked-once',
    name: 'every lease ends through exactly one onRevoked, before its partition is assigned to the same member again',
    async run(rig) {
      const topic = await rig.topic({ partitions: 3 })
      const log = await rig.join(topic)
      await rig.settled(log)
      const second = await rig.join(topic)
      await rig.settled(log, second)
      await second.member.leave()
      await rig.until('all partitions again', () => log.leases.length >= 3)
      const held = new Map<number, object>()
      for (const call of log.calls) {
        if (call.kind === 'revoked') {
          for (const lease of call.leases) {
            assert.equal(
              held.get(lease.partition),
              lease,
              `partition ${lease.partition} was revoked without being held`,
            )
            held.delete(lease.partition)
          }
        }
        if (call.kind === 'assigned') {
          for (const lease of call.leases) {
            assert.equal(held.get(lease.partition), undefined, `partition ${lease.partition} was never revoked`)
            held.set(lease.partition, lease)
          }
        }
      }
    },
  },
  {
    id: 'an-ended-lease-says-so',
    name: 'isLive of a lease is true from onAssigned on and false once its onRevoked is over',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const seen: boolean[] = []
      const log = await rig.join(topic, {
        onAssigned: (leases) => void seen.push(...leases.map(({ isLive }) => isLive)),
        onRevoked: (leases) => void seen.push(...leases.map(({ isLive }) => isLive)),
      })
      await rig.settled(log)
      const lease = log.lease(0)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.deepEqual([...seen.slice(0, 4), lease.isLive], [true, true, true, true, false])
    },
  },
  {
    id: 'an-ended-lease-does-not-seek',
    name: `seek on an ended lease throws ${ENDED}`,
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic)
      await rig.settled(log)
      const lease = log.lease(0)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.equal(await outcomeOf(() => lease.seek(0n)), ENDED)
    },
  },
  {
    id: 'an-ended-lease-does-not-commit',
    name: `a commit on an ended lease rejects with ${ENDED} and never reaches the cluster`,
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, numbered(3))
      const log = await rig.join(topic)
      await rig.until('the records', () => log.records().length >= 3)
      const lease = log.lease(0)
      const other = await rig.join(topic)
      await rig.settled(log, other)
      assert.equal(await outcomeOf(log.commit({ lease, offset: 2n })), ENDED)
      assert.deepEqual(await rig.cluster.committed(rig.group), [])
    },
  },
  {
    id: 'one-ended-lease-refuses-all',
    name: `a commit of several leases rejects with ${ENDED} as a whole when one of them has ended`,
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(3), ...numbered(3, 0, 1)])
      const log = await rig.join(topic)
      await rig.settled(log)
      const ended = log.leases
      const other = await rig.join(topic)
      await rig.settled(log, other)
      const [live] = log.leases
      assert.ok(live !== undefined, 'a member without a partition')
      const gone = ended.find(({ partition }) => partition !== live.partition)
      assert.ok(gone !== undefined)
      await rig.until('the records of the live lease', () =>
        log.records().some((one) => one.lease === live && one.offset === 2n),
      )
      const call = log.commit({ lease: live, offset: 2n }, { lease: gone, offset: 2n })
      assert.equal(await outcomeOf(call), ENDED)
      assert.deepEqual(await rig.cluster.committed(rig.group), [])
    },
  },
]
