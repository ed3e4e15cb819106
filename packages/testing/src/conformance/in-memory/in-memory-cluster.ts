import { createScriptedDriver, type ScriptedDriver } from '../../scripted/scripted-driver.js'
import type { ClusterRecord, ClusterView } from '../cluster-view.js'

/** What a transaction or a compression leaves behind in a log that has neither: the mutants look it up. */
export interface WrittenRecord extends ClusterRecord {
  readonly offset: bigint
  readonly how: 'aborted' | 'committed' | 'compressed' | 'plain'
}

/** The logs of a scripted driver, and what was written to them beside what they show. */
export interface InMemoryWorld {
  readonly driver: ScriptedDriver
  /** By topic. */
  readonly written: ReadonlyMap<string, readonly WrittenRecord[]>
}

type FullView = Required<ClusterView>

export interface InMemoryCluster extends InMemoryWorld {
  readonly view: FullView
}

/**
 * A cluster in this process, for a scripted driver. Transactions and compaction leave the gaps that they leave in a real
 * log; nothing is ever compressed.
 */
export function createInMemoryCluster(): InMemoryCluster {
  const driver = createScriptedDriver({ staticMembership: true })
  const written = new Map<string, WrittenRecord[]>()
  const view: FullView = {
    canTransact: true,
    createTopic: async (topic, options) => driver.createTopic(topic, options),
    deleteTopic: async (topic) => driver.deleteTopic(topic),
    topicNames: async () => driver.topics(),
    ...writingTo(driver, written),
    read: async (topic) => driver.records(topic),
    async endOffsets(topic) {
      const found = await driver.describeTopics([topic], new AbortController().signal)
      const count = found.get(topic)?.partitions ?? 0
      return new Map(Array.from({ length: count }, (_, partition) => [partition, driver.endOffset(topic, partition)]))
    },
    deleteRecords: async (topic, partition, before) => driver.truncate(topic, partition, before),
    async createCompacted(topic) {
      driver.createTopic(topic, {})
      for (const value of ['a', 'b', 'c']) {
        driver.leaveGap(topic, 0, 2)
        driver.send(topic, { value, partition: 0 })
      }
    },
    ...groupsOf(driver),
  }
  return { driver, written, view }
}

function writingTo(
  driver: ScriptedDriver,
  written: Map<string, WrittenRecord[]>,
): Pick<FullView, 'write' | 'openTransaction'> {
  function append(topic: string, record: ClusterRecord, how: WrittenRecord['how']): bigint {
    const partition = record.partition ?? 0
    const { key = null, value, headers = [], timestamp } = record
    let offset: bigint
    if (how === 'aborted') {
      offset = driver.endOffset(topic, partition)
      driver.leaveGap(topic, partition, 1)
    } else {
      const stamped = timestamp === undefined ? {} : { timestamp }
      offset = driver.send(topic, { partition, key, value, headers, ...stamped }).offset
    }
    const all = written.get(topic) ?? []
    written.set(topic, [...all, { ...record, offset, how }])
    return offset
  }

  return {
    async write(topic, records, { transaction, compression = 'none' } = {}) {
      const kinds = { commit: 'committed', abort: 'aborted' } as const
      const plain = compression === 'none' ? 'plain' : 'compressed'
      const how = transaction === undefined ? plain : kinds[transaction]
      const offsets = records.map((record) => append(topic, record, how))
      const partitions = new Set(records.map(({ partition = 0 }) => partition))
      if (transaction !== undefined) for (const partition of partitions) driver.leaveGap(topic, partition, 1) // the marker
      return offsets
    },
    async openTransaction(topic, records, pending) {
      const partitions = [...new Set(records.map(({ partition = 0 }) => partition))]
      const releases = partitions.map((partition) => driver.openTransaction(topic, partition))
      for (const record of records) append(topic, record, 'committed')
      const offsets = pending === undefined ? [] : [...pending.offsets].map((at) => [pending, ...at] as const)
      releases.push(...offsets.map(([at, partition]) => driver.pendOffset(at.topic, partition, at.group)))
      const end = (): void => {
        for (const partition of partitions) driver.leaveGap(topic, partition, 1) // the marker
        for (const release of releases) release()
      }
      return {
        async commit() {
          for (const [at, partition, offset] of offsets) driver.setCommitted(at.topic, partition, offset, at.group)
          end()
        },
        async abort() {
          if (records.length > 0) throw new Error('records are aborted by `write`: these stand in the log already')
          end()
        },
      }
    },
  }
}

const groupsOf = (driver: ScriptedDriver): Pick<FullView, 'committed' | 'setCommitted' | 'members' | 'evict'> => ({
  committed: async (group) => committedIn(driver, group),
  setCommitted: async (group, { topic, partition }, offset) => driver.setCommitted(topic, partition, offset, group),
  members: async (group) =>
    driver.owned(group).map((owned) => owned.map(({ topic, partition }) => ({ topic, partition }))),
  async evict(group) {
    // Not awaited: the member hears of it, and works it off, in its own time.
    driver.loseMember(group).catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
  },
})

function committedIn(driver: ScriptedDriver, group: string) {
  if (!driver.groups().includes(group)) return []
  return driver.topics().flatMap((topic) =>
    [...driver.committed(topic, group)].map(([partition, offset]) => {
      const last = driver.commits.findLast(
        (one) => one.group === group && one.topic === topic && one.partition === partition,
      )
      return { topic, partition, offset, metadata: last?.metadata ?? '' }
    }),
  )
}
