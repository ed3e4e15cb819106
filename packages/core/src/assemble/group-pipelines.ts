import type { HandlerPlan } from '../declare/plan.js'
import type { Clock } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import type { DecidedSnapshot, TransactionCounts } from '../observe/snapshot.js'
import type { Sender } from '../produce/sender.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { LeaseCommit } from '../receive/driver.js'
import type { CommitPace } from '../settle/commit-pace.js'
import type { Outlet } from '../settle/outlet.js'
import type { OutputBounds } from '../settle/output-bounds.js'
import { createPlainOutlet } from '../settle/plain-outlet.js'
import { TransactionLoop } from '../settle/transaction-loop.js'
import { createTransactionalOutlet } from '../settle/transactional-outlet.js'
import type { HandlerAtWork } from './handler-at-work.js'

export interface GroupPipelinesParts {
  readonly group: string
  readonly handlers: readonly HandlerAtWork[]
  readonly pace: CommitPace
  readonly clock: Clock
  readonly events: Events
  readonly sender: () => Sender
  readonly outputBounds: OutputBounds
  /** Opened where the group has an exactly-once transform. */
  readonly transactions: TransactionalSender | undefined
  readonly commit: (commits: readonly LeaseCommit[], signal: AbortSignal) => Promise<void>
}

/** The transforms of a group at work: one loop for those that are exactly once, one for those that are at least once. */
export interface GroupPipelines {
  /** Undefined for a handler without outputs: the committer is its own. */
  loopOf(plan: HandlerPlan): TransactionLoop | undefined
  flush(until: AbortSignal, end: AbortSignal): Promise<void>
  close(): void
  readonly transactions: TransactionCounts
  /** Commits of transforms that are at least once. */
  readonly commits: { readonly done: number; readonly failed: number }
  readonly decided: DecidedSnapshot
}

export function createGroupPipelines(parts: GroupPipelinesParts): GroupPipelines {
  const { group, handlers, pace, clock, events, transactions, commit, outputBounds } = parts
  const isFull = (): boolean => outputBounds.isFull
  const transforms = handlers.filter(({ plan }) => plan.transform !== undefined)
  const open = (delivery: HandlerPlan['delivery'], createOutlet: () => Outlet) => {
    const own = transforms.filter(({ plan }) => plan.delivery === delivery)
    if (own.length === 0) return undefined
    const outlet = createOutlet()
    const leases = () => own.flatMap(({ pipelines }) => [...pipelines])
    return { outlet, loop: new TransactionLoop({ pace, clock, outlet, isFull, leases }) }
  }
  const exact = open('exactly-once', () => {
    if (transactions === undefined) throw new TypeError(`no transactional producer for group ${group}`)
    return createTransactionalOutlet({ group, sender: transactions, events })
  })
  const plain = open('at-least-once', () => createPlainOutlet({ group, sender: parts.sender(), commit, events }))
  const loops = [exact, plain].flatMap((one) => (one === undefined ? [] : [one.loop]))

  return {
    loopOf: ({ transform, delivery }) =>
      transform === undefined ? undefined : (delivery === 'exactly-once' ? exact : plain)?.loop,
    async flush(until, end) {
      await Promise.all(loops.map((loop) => loop.flush(until, end)))
    },
    close() {
      for (const loop of loops) loop.close()
    },
    get transactions() {
      const { stored = 0, failed = 0, lost = 0 } = exact?.outlet.counts ?? {}
      return { committed: stored, aborted: failed, fenced: lost }
    },
    get commits() {
      const { stored = 0, failed = 0, lost = 0 } = plain?.outlet.counts ?? {}
      return { done: stored, failed: failed + lost }
    },
    get decided() {
      const leases = transforms.flatMap(({ pipelines }) => [...pipelines])
      const sum = (of: (lease: (typeof leases)[number]) => number) => leases.reduce((total, one) => total + of(one), 0)
      return {
        records: sum(({ waiting }) => waiting),
        outputs: sum(({ outputs }) => outputs),
        bytes: sum(({ bytes }) => bytes),
      }
    },
  }
}
