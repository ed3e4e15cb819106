import type { ApiName } from '../protocol/apis.js'
import type { ErrorName } from '../protocol/error-codes.js'
import { type FaultPlan, faultPlan } from './fault-plan.js'
import type { FaultKind } from './fault-rule.js'
import { type Fault, type FaultMatchOnly, on } from './on.js'
import { seededRandom, type SeededRandom } from './seeded-random.js'

export interface RandomPlanOptions {
  readonly seed: number
  /** How many faults. Default: 10. */
  readonly count?: number
  /** Each strikes once, at one of the first so many matches of its rule. Default: 30. */
  readonly within?: number
  /** The longest of the waits, in milliseconds. Default: 200. */
  readonly maxWaitMs?: number
  /** Only these. Default: what a client survives without waiting for its own request time-out. */
  readonly kinds?: readonly FaultKind[]
  /** Only on these. Default: all that records, groups and transactions need. */
  readonly apis?: readonly ApiName[]
}

const survivable: readonly FaultKind[] = [
  'error',
  'delay',
  'delayAnswer',
  'throttle',
  'close',
  'dropAnswer',
  'halfAnswer',
  'forceRebalance',
  'expireMember',
  'holdMarkers',
  'restart',
]

const coordinator: readonly ErrorName[] = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
]
const transaction: readonly ErrorName[] = ['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR']

/** Errors that a broker in good health gives now and then, and that a client is expected to try again after. */
const errors: Partial<Record<ApiName, readonly ErrorName[]>> = {
  Produce: ['NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'REQUEST_TIMED_OUT'],
  Fetch: ['NOT_LEADER_OR_FOLLOWER'],
  ListOffsets: ['NOT_LEADER_OR_FOLLOWER'],
  Metadata: ['LEADER_NOT_AVAILABLE'],
  OffsetCommit: coordinator,
  OffsetFetch: coordinator,
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
  JoinGroup: coordinator,
  SyncGroup: coordinator,
  Heartbeat: ['REBALANCE_IN_PROGRESS', ...coordinator],
  InitProducerId: transaction,
  AddPartitionsToTxn: transaction,
  AddOffsetsToTxn: transaction,
  TxnOffsetCommit: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
  EndTxn: transaction,
}

const every: readonly ApiName[] = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
]

/** Where else than anywhere a kind makes sense. */
const only: Partial<Record<FaultKind, readonly ApiName[]>> = {
  error: every.filter((api) => errors[api] !== undefined),
  throttle: ['Produce', 'Fetch'],
  truncateHead: ['Produce', 'Fetch'],
  forceRebalance: ['Heartbeat', 'OffsetCommit', 'SyncGroup'],
  expireMember: ['Heartbeat', 'OffsetCommit'],
  fenceProducer: ['InitProducerId', 'AddPartitionsToTxn', 'TxnOffsetCommit', 'EndTxn'],
  holdMarkers: ['EndTxn'],
  restart: ['Produce', 'Fetch', 'OffsetCommit', 'EndTxn'],
}

/** Faults that follow from a seed: for tests that look for what nobody thought of. Print the plan when one fails. */
export function randomFaultPlan(options: RandomPlanOptions): FaultPlan {
  const { seed, count = 10, kinds = survivable, apis = every } = options
  const random = seededRandom(seed)
  const choices = kinds.flatMap((kind) => {
    const fitting = (only[kind] ?? every).filter((api) => apis.includes(api))
    return isNonEmpty(fitting) ? [{ kind, apis: fitting }] : []
  })
  if (!isNonEmpty(choices)) return faultPlan([], { seed })
  return faultPlan(
    Array.from({ length: count }, () => {
      const { kind, apis: fitting } = random.pick(choices)
      return randomFault(kind, random.pick(fitting), random, options)
    }),
    { seed },
  )
}

function randomFault(kind: FaultKind, api: ApiName, random: SeededRandom, options: RandomPlanOptions): Fault {
  const { within = 30, maxWaitMs = 200 } = options
  const match = on(api).nth(1 + random.below(within))
  const waitMs = 1 + random.below(maxWaitMs)
  if (kind === 'error') return match.error(random.pick(pickable(errors[api])))
  if (kind === 'delay' || kind === 'delayAnswer' || kind === 'throttle' || kind === 'holdMarkers') {
    return match[kind](waitMs)
  }
  return kind === 'restart' ? match.restart(waitMs) : plain(match, kind)
}

const plain = (match: FaultMatchOnly<ApiName>, kind: Exclude<FaultKind, 'error' | Waiting>): Fault => match[kind]()

type Waiting = 'delay' | 'delayAnswer' | 'throttle' | 'holdMarkers' | 'restart'

const isNonEmpty = <T>(elements: readonly T[]): elements is readonly [T, ...T[]] => elements.length > 0

const pickable = (names: readonly ErrorName[] | undefined): readonly [ErrorName, ...ErrorName[]] =>
  names !== undefined && isNonEmpty(names) ? names : ['UNKNOWN_SERVER_ERROR']
