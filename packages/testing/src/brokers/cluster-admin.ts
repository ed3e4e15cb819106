import { integer, list, nothing, nullable, type Shape, text } from '../reader/json-shape.js'
import type { CallLimits, ProbeConnection } from '../reader/probe-connection.js'
import { everyNodeKnows } from './every-node-knows.js'

/** Whom a quota is for; null is the default of that kind. */
export interface QuotaEntity {
  readonly clientId?: string | null
  readonly user?: string | null
}

/** Names and words are Kafka's own. */
export interface Acl {
  readonly resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID' | 'CLUSTER'
  /** `*` for all; the cluster is called `kafka-cluster`. */
  readonly name: string
  /** Default `LITERAL`. */
  readonly pattern?: 'LITERAL' | 'PREFIXED'
  /** Such as `User:bob`. */
  readonly principal: string
  /** Default `*`. */
  readonly host?: string
  readonly operation:
    | 'ALL'
    | 'READ'
    | 'WRITE'
    | 'CREATE'
    | 'DELETE'
    | 'ALTER'
    | 'DESCRIBE'
    | 'DESCRIBE_CONFIGS'
    | 'ALTER_CONFIGS'
    | 'CLUSTER_ACTION'
    | 'IDEMPOTENT_WRITE'
  /** Default `ALLOW`. */
  readonly permission?: 'ALLOW' | 'DENY'
}

/** The part of `KafkaAdmin` that is about nodes, quotas and permissions. */
export interface ClusterAdmin {
  /** Node id; null where a partition has no leader now. Internal topics have leaders too. */
  leaderOf(topic: string, partition: number, limits?: CallLimits): Promise<number | null>
  /**
   * Resolves when the node leads the partition and every other node knows: it is made the first replica (a new one, in place of the last, where it was
   * none), caught up and elected.
   */
  moveLeader(topic: string, partition: number, to: number, limits?: CallLimits): Promise<void>
  /** Elects the first replica, or with `unclean` any one that lives. An election that is not needed is fine. */
  electLeader(topic: string, partition: number, options?: CallLimits & { readonly unclean?: boolean }): Promise<void>
  /** The node that coordinates a group which exists. */
  coordinatorOf(group: string, limits?: CallLimits): Promise<number>
  /** Quotas by Kafka's names, such as `producer_byte_rate`; null removes one. */
  alterQuotas(entity: QuotaEntity, quotas: Readonly<Record<string, number | null>>, limits?: CallLimits): Promise<void>
  /** Needs a broker with an authorizer. A change acts within 300 ms. */
  createAcls(acls: readonly Acl[], limits?: CallLimits): Promise<void>
  /** Removes exactly these. */
  deleteAcls(acls: readonly Acl[], limits?: CallLimits): Promise<void>
}

export function createClusterAdmin(connection: ProbeConnection): ClusterAdmin {
  const ask = <T>(command: string, fields: object, shape: Shape<T>, limits: CallLimits = {}): Promise<T> =>
    connection.call({ ...fields, command }, shape, limits)

  return {
    leaderOf: (topic, partition, limits) => ask('leaderOf', { topic, partition }, nullable(integer), limits),
    async moveLeader(topic, partition, to, limits = {}) {
      const nodes = await ask('moveLeader', { topic, partition, to }, list(text), limits)
      await everyNodeKnows(nodes, topic, (leaders) => leaders.get(partition) === to, limits)
    },
    electLeader: (topic, partition, { unclean = false, ...limits } = {}) =>
      ask('electLeader', { topic, partition, unclean }, nothing, limits),
    coordinatorOf: (group, limits) => ask('coordinatorOf', { group }, integer, limits),
    alterQuotas: ({ clientId, user }, quotas, limits) =>
      ask('alterQuotas', { entity: { 'client-id': clientId, user }, quotas }, nothing, limits),
    createAcls: (acls, limits) => ask('createAcls', { acls: acls.map(complete) }, nothing, limits),
    deleteAcls: (acls, limits) => ask('deleteAcls', { acls: acls.map(complete) }, nothing, limits),
  }
}

const complete = (acl: Acl): Required<Acl> => ({ pattern: 'LITERAL', host: '*', permission: 'ALLOW', ...acl })
