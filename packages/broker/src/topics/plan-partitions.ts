import { errorCode } from '../protocol/error-codes.js'
import { type Refusal, refuse } from './refusal.js'

export interface PartitionWishes {
  /** -1: the broker's default. */
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[]
}

export interface PartitionPlanner {
  readonly defaultPartitions: number
  /** The nodes that partitions may be placed on. */
  readonly nodeIds: readonly number[]
}

/** How many partitions a new topic gets, or why Kafka refuses its wishes. */
export function planPartitions(wishes: PartitionWishes, planner: PartitionPlanner): number | Refusal {
  if (wishes.assignments.length > 0) return planAssigned(wishes, planner)
  const { numPartitions, replicationFactor } = wishes
  if (replicationFactor < -1 || replicationFactor === 0) {
    return refuse(
      errorCode.INVALID_REPLICATION_FACTOR,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return refuse(errorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.')
  }
  const brokers = planner.nodeIds.length
  if (replicationFactor > brokers) {
    return refuse(
      errorCode.INVALID_REPLICATION_FACTOR,
      `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ` +
        `${replicationFactor} cannot be reached because only ${brokers} broker(s) are registered or some brokers have all their log directories cordoned.`,
    )
  }
  return numPartitions === -1 ? planner.defaultPartitions : numPartitions
}

function planAssigned(wishes: PartitionWishes, planner: PartitionPlanner): number | Refusal {
  const { numPartitions, replicationFactor, assignments } = wishes
  for (const [name, value] of [
    ['replication factor', replicationFactor],
    ['numPartitions', numPartitions],
  ] as const) {
    if (value === -1) continue
    return refuse(
      errorCode.INVALID_REQUEST,
      `A manual partition assignment was specified, but ${name} was not set to -1.`,
    )
  }
  const seen = new Set<number>()
  for (const { partitionIndex, brokerIds } of assignments) {
    if (seen.has(partitionIndex)) {
      return badAssignment(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    }
    seen.add(partitionIndex)
    const refusal = refuseReplicas(brokerIds, planner.nodeIds)
    if (refusal !== undefined) return refusal
  }
  for (let index = 0; index < seen.size; index += 1) {
    if (!seen.has(index)) return badAssignment('partitions should be a consecutive 0-based integer sequence')
  }
  return seen.size
}

/** Why these nodes cannot hold a partition. */
export function refuseReplicas(brokerIds: readonly number[], nodeIds: readonly number[]): Refusal | undefined {
  if (brokerIds.length === 0) return badAssignment('The manual partition assignment includes an empty replica list.')
  for (const [at, id] of brokerIds.entries()) {
    if (!nodeIds.includes(id)) {
      return badAssignment(`The manual partition assignment includes broker ${id}, but no such broker is registered.`)
    }
    if (brokerIds.indexOf(id) !== at) {
      return badAssignment(`The manual partition assignment includes the broker ${id} more than once.`)
    }
  }
  return undefined
}

const badAssignment = (message: string): Refusal => refuse(errorCode.INVALID_REPLICA_ASSIGNMENT, message)
