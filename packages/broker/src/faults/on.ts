import type { ApiName, RequestBody } from '../protocol/apis.js'
import type { ErrorName } from '../protocol/error-codes.js'
import { checkRule } from './check-rule.js'
import { type Duration, parseDuration } from './duration.js'
import { FaultError } from './fault-error.js'
import type { Call } from './fault-gate.js'
import type { FaultAction, FaultRule, FieldPattern } from './fault-rule.js'
import type { FaultPredicate } from './match-rule.js'
import { printRule } from './print-rule.js'

/** Which requests, and which of those. Every call returns a new one, so a beginning can be shared. */
export interface FaultMatch<N extends ApiName, Self> {
  /** Requests that name the topic. Names may hold `*` for any run of characters, here and below. */
  topic(name: string): Self
  partition(index: number): Self
  clientId(id: string): Self
  group(id: string): Self
  transactionalId(id: string): Self
  /** Requests whose decoded body has these fields, nested as there: `with({ acks: 0 })`. In a list some element must fit. */
  with(fields: { readonly [field: string]: FieldPattern }): Self
  /** Requests for which the function says so. A printed plan holds the name only; who replays it gives the function again. */
  when(name: string, predicate: (request: RequestBody<N>, call: Call) => boolean): Self
  /** Only these of the matches, counted from 1. */
  nth(...matches: [number, ...number[]]): Self
  /** Each so-manieth match. */
  every(count: number): Self
  /** Not at the first so many matches. */
  after(count: number): Self
  /** At most so often. */
  times(count: number): Self
  /** Once, then never again. */
  once(): Self
  /** With this probability, 0 to 1: drawn from a seed (default: of the plan, of the broker) and the number of the match, so it replays. */
  chance(probability: number, seed?: number): Self
}

/** What happens. Several may be said of one request: `.delay('200ms').dropAnswer()`. */
export interface FaultActions<N extends ApiName> {
  /** Not applied, and answered with this error: per partition where the API has one, the rest of the request is applied. */
  error(error: ErrorName): Fault<N>
  /** Applied so much later, and what is queued behind it on the connection too. */
  delay(by: Duration): Fault<N>
  /** Applied at once, answered so much later. */
  delayAnswer(by: Duration): Fault<N>
  /** The answer's throttle time; the connection is not read meanwhile. */
  throttle(by: Duration): Fault<N>
  /** Not applied; the connection ends. */
  close(): Fault<N>
  /** Not applied and never answered; the connection goes on. */
  drop(): Fault<N>
  /** Not applied; the connection stays open and nothing on it is read again, as with a frozen process. */
  stall(): Fault<N>
  /** Applied; then the connection ends instead of the answer: the lost acknowledgement. */
  dropAnswer(): Fault<N>
  /** Applied; the answer never comes, and the connection goes on. */
  swallowAnswer(): Fault<N>
  /** Applied; half of the answer's bytes arrive, then the connection ends. */
  halfAnswer(): Fault<N>
  /** The log begins at `to`, or at its end: what was below is gone. Default: the partitions that the rule and the request name. */
  truncateHead(where?: { topic?: string; partition?: number; to?: number }): Fault<N>
  /** Default: the group that the request names. */
  forceRebalance(group?: string): Fault<N>
  /** The member's session is over. Default: group and member of the request; the leader where no member is named. */
  expireMember(who?: { group?: string; member?: string }): Fault<N>
  /** Another instance takes the transactional id over. Default: the one that the request names. */
  fenceProducer(transactionalId?: string): Fault<N>
  /** The markers of ended transactions wait so long; meanwhile they answer CONCURRENT_TRANSACTIONS. Default: of the request's id. */
  holdMarkers(by: Duration, transactionalId?: string): Fault<N>
  /** Every connection ends, nobody can connect for so long, and what was stored is kept. Default: `0ms`. */
  restart(down?: Duration): Fault<N>
}

/** Requests that were chosen, and nothing that happens to them yet. */
export interface FaultMatchOnly<N extends ApiName> extends FaultMatch<N, FaultMatchOnly<N>>, FaultActions<N> {}

/** A complete fault: a rule as data, and the functions that it names. */
export interface Fault<N extends ApiName = ApiName> extends FaultMatch<N, Fault<N>>, FaultActions<N> {
  readonly rule: FaultRule
  readonly predicates: ReadonlyMap<string, FaultPredicate>
  toJSON(): FaultRule
  /** The line that makes it. */
  toString(): string
}

/**
 * Begins a fault: `on('Produce').topic('orders').nth(3).dropAnswer()`. Without a name: on every API.
 * Throws `BROKER_BAD_FAULT` for what can never strike or means nothing.
 */
export const on = <N extends ApiName = ApiName>(...apis: N[]): FaultMatchOnly<N> =>
  build<N>({ on: apis, actions: [] }, new Map())

function build<N extends ApiName>(rule: FaultRule, predicates: ReadonlyMap<string, FaultPredicate>): Fault<N> {
  const problems = checkRule(rule)
  if (problems.length > 0) throw new FaultError('BROKER_BAD_FAULT', problems)

  const narrow = (more: Partial<FaultRule>): Fault<N> => build<N>({ ...rule, ...more }, predicates)
  const act = (action: FaultAction): Fault<N> => narrow({ actions: [...rule.actions, action] })
  return {
    rule,
    predicates,
    topic: (topic) => narrow({ topic }),
    partition: (partition) => narrow({ partition }),
    clientId: (clientId) => narrow({ clientId }),
    group: (group) => narrow({ group }),
    transactionalId: (transactionalId) => narrow({ transactionalId }),
    with: (fields) => narrow({ with: fields }),
    when(name, predicate) {
      // The rule is for these APIs only, and each body was decoded by the table of its API.
      const own: FaultPredicate = (call) => predicate(call.request as RequestBody<N>, call)
      return build<N>({ ...rule, when: name }, new Map([[name, own]]))
    },
    nth: (...nth) => narrow({ nth }),
    every: (every) => narrow({ every }),
    after: (after) => narrow({ after }),
    times: (times) => narrow({ times }),
    once: () => narrow({ times: 1 }),
    chance: (chance, seed) => narrow({ chance, ...(seed === undefined ? {} : { chanceSeed: seed }) }),
    ...actions(act),
    toJSON: () => rule,
    toString: () => printRule(rule),
  }
}

const actions = <N extends ApiName>(act: (action: FaultAction) => Fault<N>): FaultActions<N> => ({
  error: (error) => act({ kind: 'error', error }),
  delay: (by) => act({ kind: 'delay', ms: toMs(by) }),
  delayAnswer: (by) => act({ kind: 'delayAnswer', ms: toMs(by) }),
  throttle: (by) => act({ kind: 'throttle', ms: toMs(by) }),
  close: () => act({ kind: 'close' }),
  drop: () => act({ kind: 'drop' }),
  stall: () => act({ kind: 'stall' }),
  dropAnswer: () => act({ kind: 'dropAnswer' }),
  swallowAnswer: () => act({ kind: 'swallowAnswer' }),
  halfAnswer: () => act({ kind: 'halfAnswer' }),
  truncateHead: (where = {}) => act({ kind: 'truncateHead', ...where }),
  forceRebalance: (group) => act({ kind: 'forceRebalance', ...(group === undefined ? {} : { group }) }),
  expireMember: (who = {}) => act({ kind: 'expireMember', ...who }),
  fenceProducer: (id) => act({ kind: 'fenceProducer', ...(id === undefined ? {} : { transactionalId: id }) }),
  holdMarkers: (by, id) =>
    act({ kind: 'holdMarkers', ms: toMs(by), ...(id === undefined ? {} : { transactionalId: id }) }),
  restart: (down = 0) => act({ kind: 'restart', downMs: toMs(down) }),
})

/** A time that is none becomes one that no check lets pass. */
const toMs = (duration: Duration): number => parseDuration(duration) ?? Number.NaN
