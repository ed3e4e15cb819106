import assert from 'node:assert/strict'
import type { MemberLog } from '../member-log.js'
import type { ConformanceRule } from '../rule.js'

const shown = (log: MemberLog): string[] => log.leases.map(({ topic, partition }) => `${topic}[${partition}]`)

export const assignmentRules: readonly ConformanceRule[] = [
  {
    id: 'every-partition-has-one-owner',
    name: 'each partition of a topic belongs to exactly one member of a group',
    async run(rig) {
      const topic = await rig.topic({ partitions: 5 })
      const members = [await rig.join(topic), await rig.join(topic), await rig.join(topic)]
      await rig.settled(...members)
      const wanted = [0, 1, 2, 3, 4].map((partition) => `${topic}[${partition}]`)
      assert.deepEqual(members.flatMap(shown).toSorted(), wanted)
    },
  },
  {
    id: 'members-own-what-they-subscribed-to',
    name: 'members of one group that subscribe to different topics own partitions of their own topics only, and all of them',
    async run(rig) {
      const [one, other] = [await rig.topic({ partitions: 2 }), await rig.topic({ partitions: 2 })]
      const narrow = await rig.join(one)
      const wide = await rig.join([one, other])
      await rig.settled(narrow, wide)
      assert.deepEqual(
        narrow.leases.filter(({ topic }) => topic !== one),
        [],
        'a member owns a partition of a topic that it never asked for',
      )
      const wanted = [one, other].flatMap((topic) => [`${topic}[0]`, `${topic}[1]`]).toSorted()
      assert.deepEqual([...shown(narrow), ...shown(wide)].toSorted(), wanted)
    },
  },
  {
    id: 'an-idle-member-is-told',
    name: 'a member that gets no partition is told so by an empty assignment',
    async run(rig) {
      const topic = await rig.topic()
      const members = [await rig.join(topic), await rig.join(topic)]
      await rig.until('one of two members is told that it has nothing', () =>
        members.some((log) => log.all('assigned').some(({ leases }) => leases.length === 0)),
      )
    },
  },
  {
    id: 'onassigned-is-awaited',
    name: 'no record of a lease is handed over before the promise of onAssigned has resolved',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, [{ value: Buffer.from('a') }])
      const gate = Promise.withResolvers<void>()
      const held = await rig.join(topic, { onAssigned: () => gate.promise })
      await rig.until('the assignment', () => held.all('assigned').length > 0)
      const other = await rig.join(topic, { group: rig.uniqueName('group') })
      await rig.until('another group reads the record', () => other.records().length > 0)
      assert.equal(held.batches().length, 0, 'something was handed over while onAssigned was pending')
      gate.resolve()
      await rig.until('the record', () => held.records().length > 0)
    },
  },
  {
    id: 'a-seek-in-onassigned-counts',
    name: 'a seek in onAssigned decides where the lease begins',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(
        topic,
        [0, 1, 2, 3, 4].map((n) => ({ value: Buffer.from(String(n)) })),
      )
      const log = await rig.join(topic, { onAssigned: (leases) => leases[0]?.seek(3n) })
      await rig.until('the last record', () => log.records().some(({ offset }) => offset === 4n))
      assert.deepEqual(log.values(), ['3', '4'])
    },
  },
  {
    id: 'generations-rise',
    name: 'each assignment has a higher generation than the one before, and its leases carry it',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic)
      await rig.settled(log)
      const second = await rig.join(topic)
      await rig.settled(log, second)
      await second.member.leave()
      await rig.until('all partitions again', () => log.leases.length === 2)
      const assignments = log.all('assigned')
      assert.ok(assignments.length >= 3)
      assignments.forEach(({ leases, generation }, index) => {
        assert.ok(generation > (assignments[index - 1]?.generation ?? -1), 'a generation that does not rise')
        for (const { epoch } of leases) assert.equal(epoch, generation, 'a lease of another generation')
      })
    },
  },
]
