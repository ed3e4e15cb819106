import { isFine, says } from '../error-codes-in.js'
import { createTopics, newTopic } from '../request-bodies.js'
import { script } from '../script.js'

const about = (...names: string[]) => ({ topics: names.map((name) => ({ name })), allowAutoTopicCreation: false })

export const metadataScripts = [
  script('metadata of a topic that is there, in each version', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    for (let version = 0; version <= 8; version += 1) await s.ask('Metadata', version, about(topic))
  }),
  script('metadata of an unknown topic has no partitions', async (s) => {
    for (let version = 0; version <= 8; version += 1) await s.ask('Metadata', version, about(s.named('none')))
  }),
  script('an empty list of topics means all in version 0 and none later', async (s) => {
    await s.topic()
    for (const version of [0, 1, 4, 8]) await s.ask('Metadata', version, about())
  }),
  script('null topics means all', async (s) => {
    await s.topic({ suffix: 'only' })
    for (const version of [1, 5, 8]) await s.ask('Metadata', version, { topics: null })
  }),
  script('a topic that is asked for twice is answered once', async (s) => {
    const topic = await s.topic()
    await s.ask('Metadata', 5, about(topic, topic))
    await s.ask('Metadata', 5, about(s.named('none'), s.named('none')), { note: 'unknown' })
  }),
  script('known and unknown topics in one request', async (s) => {
    const one = await s.topic({ suffix: 'one' })
    await s.ask('Metadata', 5, about(s.named('none'), one))
  }),
  script('names that no topic can have are refused by metadata', async (s) => {
    const names = ['a b', '', '.', '..', 'ä', 'a/b', 'x'.repeat(250), 'x'.repeat(249)]
    for (const name of names)
      await s.ask('Metadata', 5, about(name), { note: `"${name.slice(0, 5)}" of ${name.length}` })
  }),
  script('metadata creates nothing where the broker does not', async (s) => {
    const name = s.named('wanted')
    for (const version of [3, 4, 8]) {
      await s.ask('Metadata', version, { topics: [{ name }], allowAutoTopicCreation: true })
    }
    await s.ask('Metadata', 4, about(name), { note: 'afterwards' })
  }),
  script('metadata tells who may do what from version 8 on', async (s) => {
    const topic = await s.topic()
    const all = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
    await s.ask('Metadata', 8, { ...about(topic, s.named('none'), 'a b'), ...all })
    await s.ask('Metadata', 8, { ...about(topic), includeTopicAuthorizedOperations: true }, { note: 'topics only' })
    await s.ask('Metadata', 8, { ...about(topic), includeClusterAuthorizedOperations: true }, { note: 'cluster only' })
  }),
  script('a topic is listed with its leaders when its creation is answered', async (s) => {
    const name = s.named('new')
    await s.ask('CreateTopics', 4, createTopics([newTopic(name, { partitions: 2 })]))
    await s.ask('Metadata', 5, about(name), { until: isFine })
  }),
  script('a deleted topic is unknown at once and can be created again at once', async (s) => {
    const name = s.named('again')
    await s.quietly('CreateTopics', 4, createTopics([newTopic(name, { partitions: 2 })]))
    await s.ask('DeleteTopics', 3, { topicNames: [name], timeoutMs: 10_000 })
    await s.ask('Metadata', 5, about(name), { note: 'deleted', until: says(3) })
    await s.ask('CreateTopics', 4, createTopics([newTopic(name)]))
    await s.ask('Metadata', 5, about(name), { note: 'again', until: isFine })
  }),
  script('coordinators are found by group and by transactional id', async (s) => {
    for (const version of [0, 1, 2]) await s.ask('FindCoordinator', version, { key: s.named('g') })
    for (const version of [1, 2]) await s.ask('FindCoordinator', version, { key: s.named('t'), keyType: 1 })
  }),
  script('coordinators of odd keys', async (s) => {
    await s.ask('FindCoordinator', 2, { key: '' }, { note: 'empty group' })
    await s.ask('FindCoordinator', 2, { key: '', keyType: 1 }, { note: 'empty transactional id' })
    await s.ask('FindCoordinator', 2, { key: 'x', keyType: 9 }, { note: 'unknown type' })
    await s.ask('FindCoordinator', 2, { key: 'x', keyType: -1 }, { note: 'negative type' })
    await s.ask('FindCoordinator', 1, { key: 'x'.repeat(300) }, { note: 'long' })
  }),
]
