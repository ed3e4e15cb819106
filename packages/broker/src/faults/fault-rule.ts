import type { ApiName } from '../protocol/apis.js'
import type { ErrorName } from '../protocol/error-codes.js'

/** What happens to a request that a rule strikes. Times are milliseconds on the broker's clock. */
export type FaultAction =
  /** Not applied: the answer carries this error, per partition where the API has one, and the rest of the request is applied. */
  | { readonly kind: 'error'; readonly error: ErrorName }
  /** Applied so much later; `delayAnswer`: applied at once, answered so much later. */
  | { readonly kind: 'delay' | 'delayAnswer'; readonly ms: number }
  /** The answer asks the client to hold back for so long, and its connection is not read meanwhile. */
  | { readonly kind: 'throttle'; readonly ms: number }
  /** Not applied. The connection ends; or stays and never answers this one; or is never read again. */
  | { readonly kind: 'close' | 'drop' | 'stall' }
  /** Applied, and the answer is lost: with the connection; without a word; after half of its bytes. */
  | { readonly kind: 'dropAnswer' | 'swallowAnswer' | 'halfAnswer' }
  /** The log starts later: at `to`, or where it ends. Default: every partition that the rule and the request name. */
  | { readonly kind: 'truncateHead'; readonly topic?: string; readonly partition?: number; readonly to?: number }
  /** Default: the group of the request. */
  | { readonly kind: 'forceRebalance'; readonly group?: string }
  /** Default: the group of the request and its member; the leader where no member is named. */
  | { readonly kind: 'expireMember'; readonly group?: string; readonly member?: string }
  /** Default: the transactional id of the request. */
  | { readonly kind: 'fenceProducer'; readonly transactionalId?: string }
  /** Ended transactions get their markers so much later, and answer CONCURRENT_TRANSACTIONS meanwhile. */
  | { readonly kind: 'holdMarkers'; readonly transactionalId?: string; readonly ms: number }
  /** The request's connection and all others end, the listener is closed for so long, and everything that was stored is kept. */
  | { readonly kind: 'restart'; readonly downMs: number }

export type FaultKind = FaultAction['kind']

/**
 * One fault as data: which requests it is for, at which of them it strikes, and what happens then. What is left out matches
 * everything; names may hold `*` for any run of characters. A match is counted whether or not the rule strikes at it.
 */
export interface FaultRule {
  /** Empty: every API. */
  readonly on: readonly ApiName[]
  readonly topic?: string
  readonly partition?: number
  readonly clientId?: string
  readonly group?: string
  readonly transactionalId?: string
  /** Fields that the decoded request must have, nested as there; in a list some element must fit. */
  readonly with?: { readonly [field: string]: FieldPattern }
  /** The name of a predicate, which is code and therefore not in here. */
  readonly when?: string
  /** Strikes at these matches only, counted from 1. */
  readonly nth?: readonly number[]
  /** Strikes at each so-manieth match. */
  readonly every?: number
  /** Never strikes at the first so many. */
  readonly after?: number
  /** Strikes so often, then never again. */
  readonly times?: number
  /** Strikes with this probability, drawn from a seed and the number of the match. */
  readonly chance?: number
  /** That seed; without it the plan or the broker gives one when the rule is put in force. */
  readonly chanceSeed?: number
  readonly actions: readonly FaultAction[]
}

/** A bigint of the wire is written as a number. */
export type FieldPattern = string | number | boolean | null | { readonly [field: string]: FieldPattern }
