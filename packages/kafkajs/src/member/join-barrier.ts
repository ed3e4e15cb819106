import { callBroker } from '../client/call-broker.js'
import { readField, readNumber } from '../client/read-answer.js'
import type { Broker, Cluster, JoinGroupRequest } from '../internals.js'
import { withInstanceId } from './static-member.js'

export interface JoinBarrier {
  /** Awaited before every join; a throw that is not retriable ends kafkajs's consumer. */
  pass(): Promise<void>
  findCoordinator(): Promise<Broker>
  /** Of a static member. */
  readonly instanceId: string | undefined
  /** The id this member joins with, known before the join is answered. */
  readonly onMemberId: (memberId: string) => void
}

const TRANSACTION = 1
const MEMBER_ID_REQUIRED = 79
const ASK_LIMIT_MS = 10_000

/**
 * Puts a barrier in front of every join of one consumer. kafkajs asks its cluster for the group's coordinator right
 * before it joins, on both of its ways into a rebalance, so whoever answers decides when it goes on. The one cluster is
 * changed, no prototype.
 */
export function installJoinBarrier(cluster: Cluster, barrier: JoinBarrier): void {
  const findOriginal = cluster.findGroupCoordinator.bind(cluster)
  cluster.findGroupCoordinator = async (wanted) => {
    if (wanted.coordinatorType === TRANSACTION) return findOriginal(wanted)
    await barrier.pass()
    const broker = await barrier.findCoordinator()
    // A static member says who it is by itself, and never says that it leaves.
    return barrier.instanceId === undefined
      ? withKnownMemberId(broker, barrier.onMemberId)
      : withInstanceId(broker, barrier.instanceId)
  }
}

/**
 * The same broker, but its first join asks for the member id by itself: a member that leaves while its join is still
 * held by the group can then say so, and nobody waits for its session to end.
 */
function withKnownMemberId(broker: Broker, onMemberId: (memberId: string) => void): Broker {
  const joinGroup = async (request: JoinGroupRequest): Promise<unknown> => {
    const known = request.memberId ?? ''
    const memberId = known === '' ? await askForMemberId(broker, request) : known
    if (memberId !== '') onMemberId(memberId)
    return broker.joinGroup({ ...request, memberId })
  }
  return Object.create(broker, { joinGroup: { value: joinGroup } })
}

async function askForMemberId(broker: Broker, request: JoinGroupRequest): Promise<string> {
  const parameters = { protocolType: 'consumer', ...request, memberId: '' }
  const answer = await callBroker(broker, 'JoinGroup', parameters, { limitMs: ASK_LIMIT_MS })
  const memberId = readField(answer, 'memberId')
  const isGiven = readNumber(answer, 'errorCode') === MEMBER_ID_REQUIRED
  // Any other answer is kafkajs's to interpret: it gets it by asking itself.
  return isGiven && typeof memberId === 'string' ? memberId : ''
}
