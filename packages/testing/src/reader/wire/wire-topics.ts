import { errorCode } from '@millrace/broker/protocol'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { retrying } from './retrying.js'
import { type CommandContext, offsetsIn, settingsIn, type WireCall } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'
import { listOffsets } from './wire-offsets.js'

const answerLimitMs = 10_000
const [topicResource, brokerResource] = [2, 4]
const [setValue, deleteValue] = [0, 1]

type Command = (cluster: WireCluster, context: CommandContext) => Promise<unknown>

const nodesOf = async (cluster: WireCluster, limit: AbortSignal): Promise<readonly string[]> => [
  ...(await retrying('the nodes', limit, () => cluster.nodes(limit))).values(),
]

/** Topics and their settings. */
export const topicCommands: Readonly<Record<string, Command>> = {
  async createTopic(cluster, { call, limit }) {
    const topic = call.text('topic')
    const wanted = wantedTopic(call)
    await retrying(`creating "${topic}"`, limit, async () => {
      const asked = { topics: [wanted.body], timeoutMs: answerLimitMs }
      const [created] = (await cluster.ask(undefined, 'CreateTopics', asked, limit)).topics
      refuse(created?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `creating "${topic}"`, created?.errorMessage)
    })
    await usable(cluster, topic, wanted.partitions, limit)
    return nodesOf(cluster, limit)
  },

  async deleteTopic(cluster, { call, limit }) {
    const topic = call.text('topic')
    await retrying(`deleting "${topic}"`, limit, async () => {
      const asked = { topicNames: [topic], timeoutMs: answerLimitMs }
      const [deleted] = (await cluster.ask(undefined, 'DeleteTopics', asked, limit)).responses
      refuse(deleted?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `deleting "${topic}"`)
    })
    await retrying(`"${topic}" is still listed`, limit, async () => {
      if (!(await cluster.topicNames(limit)).includes(topic)) return
      throw new KafkaRefusal('TopicExistsException', topic, { isRetriable: true })
    })
    return nodesOf(cluster, limit)
  },

  listTopics: (cluster, { limit }) => retrying('topics', limit, () => cluster.topicNames(limit)),

  async describeTopic(cluster, { call, limit }) {
    const name = call.text('topic')
    return retrying(`describing "${name}"`, limit, async () => {
      const topic = await cluster.topic(name, limit)
      const resources = [{ resourceType: topicResource, resourceName: name, configurationKeys: null }]
      const [described] = (await cluster.ask(undefined, 'DescribeConfigs', { resources }, limit)).results
      refuse(described?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `configs of "${name}"`, described?.errorMessage)
      return {
        partitions: topic.partitions
          .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
          .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
            partition: partitionIndex,
            leader: leaderId < 0 ? null : leaderId,
            replicas: replicaNodes,
            inSync: isrNodes,
          })),
        configs: Object.fromEntries(described?.configs.map((one) => [one.name, one.value]) ?? []),
      }
    })
  },

  async addPartitions(cluster, { call, limit }) {
    const [topic, total] = [call.text('topic'), call.number('total')]
    await retrying(`growing "${topic}"`, limit, async () => {
      const topics = [{ name: topic, count: total, assignments: null }]
      const asked = { topics, timeoutMs: answerLimitMs, validateOnly: false }
      const [grown] = (await cluster.ask(undefined, 'CreatePartitions', asked, limit)).results
      refuse(grown?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `growing "${topic}"`, grown?.errorMessage)
    })
    await usable(cluster, topic, total, limit)
    return nodesOf(cluster, limit)
  },

  async alterConfigs(cluster, { call, limit }) {
    const isBroker = call.text('resource') === 'broker'
    const resourceName = call.text('name')
    const configs = settingsIn(call, 'configs').map(([name, value]) => ({
      name,
      configOperation: value === null ? deleteValue : setValue,
      value,
    }))
    const resources = [{ resourceType: isBroker ? brokerResource : topicResource, resourceName, configs }]
    await retrying(`altering "${resourceName}"`, limit, async () => {
      // What a broker is told, it has to be told itself.
      const node = isBroker ? Number(resourceName) : undefined
      if (isBroker) await cluster.nodes(limit)
      const asked = { resources, validateOnly: false }
      const [altered] = (await cluster.ask(node, 'IncrementalAlterConfigs', asked, limit)).responses
      refuse(altered?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, resourceName, altered?.errorMessage)
    })
    return null
  },

  async deleteRecords(cluster, { call, limit }) {
    const topic = call.text('topic')
    for (const [partitionIndex, offset] of offsetsIn(call, 'before')) {
      await retrying(`deleting records of "${topic}"`, limit, async () => {
        const leader = await cluster.leaderOf(topic, partitionIndex, limit)
        const topics = [{ name: topic, partitions: [{ partitionIndex, offset }] }]
        const answer = await cluster.ask(leader, 'DeleteRecords', { topics, timeoutMs: answerLimitMs }, limit)
        const [deleted] = answer.topics[0]?.partitions ?? []
        refuse(deleted?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `${topic}-${partitionIndex}`)
      })
    }
    return null
  },
}

function wantedTopic(call: WireCall) {
  const assignment = call.list('assignment')
  const partitions = assignment?.length ?? call.numberOr('partitions', 1)
  const assignments = (assignment ?? []).map((nodes, partitionIndex) => ({
    partitionIndex,
    brokerIds: Array.isArray(nodes) ? nodes.map(Number) : [],
  }))
  const configs = settingsIn(call, 'configs').map(([name, value]) => ({ name, value }))
  const counts = assignment === undefined
  const numbers = {
    numPartitions: counts ? partitions : -1,
    replicationFactor: counts ? call.numberOr('replication', 1) : -1,
  }
  return { partitions, body: { name: call.text('topic'), ...numbers, assignments, configs } }
}

/** Known to the brokers, and its leaders have opened their logs. */
async function usable(cluster: WireCluster, topic: string, count: number, limit: AbortSignal): Promise<void> {
  const partitions = Array.from({ length: count }, (_, partition) => partition)
  const range = { topic, partitions, which: 'latest', isolation: 'read_uncommitted', whileUnknown: true } as const
  await listOffsets(cluster, range, limit)
}
