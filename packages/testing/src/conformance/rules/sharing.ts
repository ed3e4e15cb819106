import assert from 'node:assert/strict'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

const ofDriver = (topic: string, value: string) => ({ topic, partition: 0, key: null, value: Buffer.from(value) })

export const sharingRules: readonly ConformanceRule[] = [
  {
    id: 'members-of-one-driver-are-independent',
    name: 'a member that leaves takes no other member of the same driver with it',
    async run(rig) {
      const topic = await rig.topic()
      const driver = await rig.driver()
      const [leaves, stays] = [
        await rig.join(topic, { driver }),
        await rig.join(topic, { driver, group: rig.uniqueName('group') }),
      ]
      await rig.settled(leaves)
      await rig.settled(stays)
      await leaves.member.leave()
      await rig.cluster.write(topic, numbered(2))
      await rig.until('the records', () => stays.records().length >= 2)
      await stays.commit({ lease: stays.lease(0), offset: 2n })
      assert.deepEqual(stays.all('revoked'), [])
    },
  },
  {
    id: 'senders-of-one-driver-are-independent',
    name: 'a sender that closes takes no other sender of the same driver with it',
    async run(rig) {
      const topic = await rig.topic()
      const driver = await rig.driver()
      const [closes, stays] = [await driver.openSender(), await driver.openSender()]
      try {
        await Promise.all([closes.send(ofDriver(topic, 'a')), stays.send(ofDriver(topic, 'b'))])
        await closes.close()
        assert.equal(await outcomeOf(stays.send(ofDriver(topic, 'c'))), 'resolved')
      } finally {
        await stays.close()
      }
    },
  },
  {
    id: 'a-driver-closes-what-is-its-own',
    name: 'close of a driver may be called twice, and leaves its members and senders alone',
    async run(rig) {
      const topic = await rig.topic()
      const driver = await rig.driver()
      await driver.describeTopics([topic], new AbortController().signal)
      const log = await rig.join(topic, { driver })
      const sender = await driver.openSender()
      try {
        await rig.settled(log)
        assert.deepEqual([await outcomeOf(driver.close()), await outcomeOf(driver.close())], ['resolved', 'resolved'])
        assert.equal(await outcomeOf(sender.send(ofDriver(topic, 'a'))), 'resolved')
        await rig.until('the record', () => log.values().includes('a'))
      } finally {
        await sender.close()
      }
    },
  },
]
