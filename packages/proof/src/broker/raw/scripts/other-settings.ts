/** What only brokers with other settings answer. */
import { buildBatch } from '../build-batch.js'
import { isFine } from '../error-codes-in.js'
import { createTopics, fetchFrom, joinOf, listAt, newTopic, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { memberId, stableAlone } from '../scripted-members.js'

export const otherSettingScripts = [
  script('metadata creates topics where the broker does', async (s) => {
    const wanted = { topics: [{ name: s.named('wanted') }], allowAutoTopicCreation: true }
    await s.watch('Metadata', 4, wanted, { note: 'at first' })
    await s.ask('Metadata', 4, wanted, { note: 'soon', until: isFine })
  }),
  script('metadata creates nothing that was not to be created', async (s) => {
    const unwanted = { topics: [{ name: s.named('unwanted') }], allowAutoTopicCreation: false }
    await s.ask('Metadata', 4, unwanted)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await s.ask('Metadata', 4, unwanted, { note: 'later' })
  }),
  script('old versions of metadata always create', async (s) => {
    for (const version of [0, 3]) {
      const wanted = { topics: [{ name: s.named(`of-${version}`) }] }
      await s.watch('Metadata', version, wanted, { note: 'at first' })
      await s.ask('Metadata', version, wanted, { note: 'soon', until: isFine })
    }
  }),
  script('names that no topic can have are not created by metadata', async (s) => {
    for (const name of ['a b', '', '..'])
      await s.ask('Metadata', 4, { topics: [{ name }], allowAutoTopicCreation: true }, { note: `"${name}"` })
  }),
  script('a name that collides is not created by metadata', async (s) => {
    await s.quietly('CreateTopics', 4, createTopics([newTopic(s.named('a.x'))]))
    const wanted = { topics: [{ name: s.named('a_x') }], allowAutoTopicCreation: true }
    await s.ask('Metadata', 4, wanted)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await s.ask('Metadata', 4, wanted, { note: 'later' })
  }),
  script('nothing else creates topics', async (s) => {
    const name = s.named('none')
    await s.ask('Produce', 7, produceTo(name, buildBatch()))
    await s.ask('Fetch', 11, fetchFrom(name, 0n))
    await s.ask('ListOffsets', 5, listAt(name, -1))
    await new Promise((resolve) => setTimeout(resolve, 500))
    await s.ask('Metadata', 4, { topics: [{ name }], allowAutoTopicCreation: false })
  }),
  script('-1 partitions are as many as the broker says', async (s) => {
    const name = s.named('t')
    await s.ask('CreateTopics', 4, createTopics([newTopic(name, { partitions: -1, replicas: -1 })]))
    await s.ask('Metadata', 4, { topics: [{ name }], allowAutoTopicCreation: false }, { until: isFine })
  }),
  script('the first member of a group waits for others', async (s) => {
    const group = s.named('g')
    const delayMs = 700
    const a = await s.client('a')
    const b = await s.client('b')
    const [one, two] = [await memberId(a, group), await memberId(b, group)]
    const first = a.ask('JoinGroup', 5, joinOf(group, { member: one }), { timed: delayMs })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const second = b.ask('JoinGroup', 5, joinOf(group, { member: two }))
    await Promise.all([first, second])
  }),
  script('a group that was empty does not wait again', async (s) => {
    const group = s.named('g')
    await stableAlone(s, group)
    const b = await s.client('b')
    const id = await memberId(b, group)
    await b.raw.ask('Heartbeat', 3, { groupId: group, generationId: 1, memberId: id })
    await s.ask('DescribeGroups', 4, { groups: [group] })
  }),
  script('a full group takes nobody', async (s) => {
    const group = s.named('g')
    await stableAlone(s, group)
    const join = async (name: string, version: number, instance: string | null = null): Promise<void> => {
      const client = await s.client(name)
      await client.watch('JoinGroup', version, joinOf(group, { instance }), { note: name, forMs: 400 })
    }
    await join('second', 5)
    await join('third', 5)
    await join('static', 5, 'one')
    await join('old', 3)
    await s.ask('DescribeGroups', 4, { groups: [group] })
  }),
]
