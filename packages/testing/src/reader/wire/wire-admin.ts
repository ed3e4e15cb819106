import { errorCode } from '@millrace/broker/protocol'
import { object, text } from '../json-shape.js'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { retrying } from './retrying.js'
import type { CommandContext, WireCall } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'

type Command = (cluster: WireCluster, context: CommandContext) => Promise<unknown>

const transactionKey = 1

/** Leaders, transactions and permissions. What this client has no request for is refused as a broker would that does not offer it. */
export const clusterCommands: Readonly<Record<string, Command>> = {
  async leaderOf(cluster, { call, limit }) {
    const [topic, partition] = [call.text('topic'), call.number('partition')]
    const { partitions } = await retrying(`"${topic}"`, limit, () => cluster.topic(topic, limit))
    const leader = partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId ?? -1
    return leader < 0 ? null : leader
  },

  async moveLeader(cluster, { call, limit }) {
    const to = call.number('to')
    const [topic, partition] = [call.text('topic'), call.number('partition')]
    const leader = await retrying(`"${topic}"`, limit, () => cluster.leaderOf(topic, partition, limit))
    if (leader !== to) throw unsupported('AlterPartitionReassignments')
    return [...(await retrying('the nodes', limit, () => cluster.nodes(limit))).values()]
  },

  /** Of one replica there is nothing to elect. */
  async electLeader(cluster, { call, limit }) {
    const [topic, partition] = [call.text('topic'), call.number('partition')]
    const { partitions } = await retrying(`"${topic}"`, limit, () => cluster.topic(topic, limit))
    const found = partitions.find(({ partitionIndex }) => partitionIndex === partition)
    if (found === undefined) throw new KafkaRefusal('UnknownTopicOrPartitionException', `${topic}-${partition}`)
    if (found.replicaNodes.length > 1 || found.leaderId < 0) throw unsupported('ElectLeaders')
    return null
  },

  async transactions(cluster, { call, limit }) {
    const nodes = await retrying('the nodes', limit, () => cluster.nodes(limit))
    const found: object[] = []
    for (const node of nodes.keys()) {
      const asked = { stateFilters: [], producerIdFilters: [] }
      const listed = await retrying('transactions', limit, async () => {
        const answer = await cluster.ask(node, 'ListTransactions', asked, limit)
        refuse(answer.errorCode, 'transactions')
        return answer.transactionStates
      })
      for (const { transactionalId } of listed) {
        if (transactionalId.startsWith(call.text('prefix')))
          found.push(await described(cluster, transactionalId, limit))
      }
    }
    return found
  },

  alterQuotas: () => Promise.reject(unsupported('AlterClientQuotas')),

  async createAcls(cluster, { call, limit }) {
    const creations = aclsIn(call).map(({ resource, name, pattern, permission, ...rest }) => ({
      ...rest,
      resourceType: resource,
      resourceName: name,
      resourcePatternType: pattern,
      permissionType: permission,
    }))
    const { results } = await cluster.ask(undefined, 'CreateAcls', { creations }, limit)
    for (const result of results) refuse(result.errorCode, 'permissions', result.errorMessage)
    return null
  },

  async deleteAcls(cluster, { call, limit }) {
    const filters = aclsIn(call).map(({ resource, name, pattern, principal, host, operation, permission }) => ({
      resourceTypeFilter: resource,
      resourceNameFilter: name,
      patternTypeFilter: pattern,
      principalFilter: principal,
      hostFilter: host,
      operation,
      permissionType: permission,
    }))
    const { filterResults } = await cluster.ask(undefined, 'DeleteAcls', { filters }, limit)
    for (const result of filterResults) refuse(result.errorCode, 'permissions', result.errorMessage)
    return null
  },
}

const unsupported = (api: string): KafkaRefusal =>
  new KafkaRefusal('UnsupportedVersionException', `the wire probe does not ask ${api}`)

const described = (cluster: WireCluster, transactionalId: string, limit: AbortSignal): Promise<object> =>
  retrying(`transaction "${transactionalId}"`, limit, async () => {
    const coordinator = await cluster.coordinatorOf(transactionalId, transactionKey, limit)
    const asked = { transactionalIds: [transactionalId] }
    const [seen] = (await cluster.ask(coordinator, 'DescribeTransactions', asked, limit)).transactionStates
    refuse(seen?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, transactionalId)
    return {
      transactionalId,
      state: seen?.transactionState ?? '',
      coordinator,
      timeoutMs: seen?.transactionTimeoutMs ?? 0,
      partitions: seen?.topics.reduce((sum, { partitions }) => sum + partitions.length, 0) ?? 0,
    }
  })

/** Kafka's numbers (KIP-140, and `AclOperation`). */
const numbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  resource: { TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5 },
  pattern: { LITERAL: 3, PREFIXED: 4 },
  permission: { DENY: 2, ALLOW: 3 },
  operation: {
    ...{ ALL: 2, READ: 3, WRITE: 4, CREATE: 5, DELETE: 6, ALTER: 7, DESCRIBE: 8, CLUSTER_ACTION: 9 },
    ...{ DESCRIBE_CONFIGS: 10, ALTER_CONFIGS: 11, IDEMPOTENT_WRITE: 12 },
  },
}

interface WrittenAcl {
  readonly resource: string
  readonly name: string
  readonly pattern: string
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: string
}

const writtenAcl = object<WrittenAcl>({
  ...{ resource: text, name: text, pattern: text, principal: text, host: text, operation: text, permission: text },
})

function aclsIn(call: WireCall) {
  const numberOf = (kind: string, word: string): number => {
    const found = numbers[kind]?.[word]
    if (found === undefined) throw new KafkaRefusal('IllegalArgumentException', `no ${kind} ${word}`)
    return found
  }
  return (call.list('acls') ?? []).map((entry, index) => {
    const { resource, pattern, operation, permission, ...rest } = writtenAcl(entry, `acls[${index}]`)
    return {
      ...rest,
      resource: numberOf('resource', resource),
      pattern: numberOf('pattern', pattern),
      operation: numberOf('operation', operation),
      permission: numberOf('permission', permission),
    }
  })
}
