import { isMillraceError } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, expect, it } from 'vitest'
import { createTopicAdmin } from './topic-admin.js'

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )

describeWithBroker('topic admin', ({ bootstrap, admin }) => {
  const topics = createTopicAdmin({ brokers: bootstrap })
  afterAll(() => topics.close())

  it('creates what is missing with its settings, and every partition has a leader then', async () => {
    const [first, second] = [uniqueName('first'), uniqueName('second')]
    const ensured = await topics.ensureTopics([
      { name: first, partitions: 6, replication: 1 },
      { name: second, partitions: 2, replication: 1, configs: { 'retention.ms': '2592000000' } },
    ])

    expect(ensured).toMatchObject([
      { name: first, partitions: 6, isNew: true },
      { name: second, partitions: 2, isNew: true, retentionMs: 2_592_000_000 },
    ])
    const { partitions } = await admin.describeTopic(first)
    expect(partitions.map(({ leader }) => leader)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('leaves a topic alone that is there, and tells how it is', async () => {
    const name = uniqueName('there')
    await admin.createTopic(name, { partitions: 3, configs: { 'retention.ms': '1000' } })

    const [found] = await topics.ensureTopics([
      { name, partitions: 6, replication: 1, configs: { 'retention.ms': '5' } },
    ])

    expect(found).toMatchObject({ name, partitions: 3, retentionMs: 1000, isNew: false })
  })

  it('calls one of two creators at the same moment the maker of the topic', async () => {
    const spec = { name: uniqueName('race'), partitions: 2, replication: 1 }
    const both = await Promise.all([topics.ensureTopics([spec]), topics.ensureTopics([spec])])
    expect(both.flat().filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(both.flat().map(({ partitions }) => partitions)).toEqual([2, 2])
  })

  it('leaves unknown topics out of a description, and creates none by it', async () => {
    const name = uniqueName('unknown')
    expect([...(await topics.describe([name])).keys()]).toEqual([])
    expect(await admin.listTopics()).not.toContain(name)
  })

  it('says what Kafka refused', async () => {
    const thrown = await thrownBy(topics.ensureTopics([{ name: uniqueName('wide'), partitions: 1, replication: 3 }]))
    expect(thrown).toMatchObject({
      code: 'MILLRACE_TOPICS_INVALID',
      message: expect.stringContaining('INVALID_REPLICATION_FACTOR'),
    })
  })

  it('gives up on brokers that do not answer, within its limit', async () => {
    const away = createTopicAdmin({ brokers: ['127.0.0.1:1'], connectLimitMs: 300 })
    const thrown = await thrownBy(away.ensureTopics([{ name: 'a', partitions: 1, replication: 1 }]))
    expect(isMillraceError(thrown, 'MILLRACE_DRIVER_UNREACHABLE')).toBe(true)
  })

  it('ends what still runs when it is closed', async () => {
    const away = createTopicAdmin({ brokers: ['127.0.0.1:1'], connectLimitMs: 60_000 })
    const looking = thrownBy(away.describe(['a']))
    await away.close()
    expect(await looking).toMatchObject({ message: 'the topic admin is closed' })
  })
})
