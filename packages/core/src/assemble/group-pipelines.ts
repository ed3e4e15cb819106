import type { Clock } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import type { DecidedSnapshot, TransactionCounts } from '../observe/snapshot.js'
import type { Sender } from '../produce/sender.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { Lease } from '../receive/driver.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { CommitPace } from '../settle/commit-pace.js'
import { type Commit, createJointCommit } from '../settle/joint-commit.js'
import type { Outlet } from '../settle/outlet.js'
import type { OutputBounds } from '../settle/output-bounds.js'
import type { PipelineLease } from '../settle/pipeline-lease.js'
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
  readonly commit: Commit
}

/** A lease of a transform, as its lane is wired. */
export interface PipelineWiring {
  readonly loop: Pick<TransactionLoop, 'decided' | 'idle'>
  readonly createPipeline: (host: LeaseHost) => PipelineLease
}

/**
 * The transforms of a group at work: one loop for all leases of those that are exactly once, since they share a transaction; one for
 * each lease of those that are at least once, so that a topic that does not answer holds up nobody else.
 */
export interface GroupPipelines {
  /** Undefined for a handler without outputs: the committer is its own. */
  wire(handler: HandlerAtWork, lease: Lease): PipelineWiring | undefined
  /** The lease has ended. */
  retire(lease: Lease): void
  flush(until: AbortSignal, end: AbortSignal): Promise<void>
  close(): void
  readonly transactions: TransactionCounts
  /** Commits of transforms that are at least once. */
  readonly commits: { readonly done: number; readonly failed: number }
  readonly decided: DecidedSnapshot
}

export function createGroupPipelines(parts: GroupPipelinesParts): GroupPipelines {
  const { group, handlers, pace, clock, events, outputBounds } = parts
  const isFull = (): boolean => outputBounds.isFull
  const transforms = handlers.filter(({ plan }) => plan.transform !== undefined)
  const exact = createExactLoop(parts, isFull)
  const plain = new Map<Lease, TransactionLoop>()
  const plainCounts = { stored: 0, failed: 0, lost: 0 }
  const over = new AbortController()
  const commit = createJointCommit(parts.commit, over.signal)
  const loops = (): readonly TransactionLoop[] => [...(exact === undefined ? [] : [exact.loop]), ...plain.values()]

  function wirePlain(handler: HandlerAtWork, lease: Lease): PipelineWiring {
    let pipeline: PipelineLease | undefined
    const outlet = createPlainOutlet({ group, sender: parts.sender(), commit, events, counts: plainCounts })
    const leases = () => (pipeline === undefined ? [] : [pipeline])
    const loop = new TransactionLoop({ pace, clock, outlet, isFull, leases })
    plain.set(lease, loop)
    return { loop, createPipeline: (host) => (pipeline = handler.openPipeline(host)) }
  }

  return {
    wire(handler, lease) {
      const { transform, delivery } = handler.plan
      if (transform === undefined) return undefined
      if (delivery !== 'exactly-once') return wirePlain(handler, lease)
      if (exact === undefined) throw new TypeError(`no transactional producer for group ${group}`)
      return { loop: exact.loop, createPipeline: (host) => handler.openPipeline(host) }
    },
    retire(lease) {
      plain.get(lease)?.close()
      plain.delete(lease)
    },
    async flush(until, end) {
      await Promise.all(loops().map((loop) => loop.flush(until, end)))
    },
    close() {
      for (const loop of loops()) loop.close()
      over.abort('shutdown')
    },
    get transactions() {
      const { stored = 0, failed = 0, lost = 0 } = exact?.outlet.counts ?? {}
      return { committed: stored, aborted: failed, fenced: lost }
    },
    get commits() {
      const { stored, failed, lost } = plainCounts
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

/** Undefined for a group without an exactly-once transform. */
function createExactLoop(
  { group, handlers, pace, clock, events, transactions }: GroupPipelinesParts,
  isFull: () => boolean,
): { readonly outlet: Outlet; readonly loop: TransactionLoop } | undefined {
  const own = handlers.filter(({ plan }) => plan.transform !== undefined && plan.delivery === 'exactly-once')
  if (own.length === 0) return undefined
  if (transactions === undefined) throw new TypeError(`no transactional producer for group ${group}`)
  const outlet = createTransactionalOutlet({ group, sender: transactions, events })
  const leases = () => own.flatMap(({ pipelines }) => [...pipelines])
  return { outlet, loop: new TransactionLoop({ pace, clock, outlet, isFull, leases }) }
}
