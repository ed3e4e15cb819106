import type { Accumulator } from './accumulator.js'
import type { Outstanding, PendingRecord } from './outstanding.js'
import type { Partitioner } from './partitioner.js'
import type { SenderErrors } from './sender-errors.js'
import { partitionStateOf, type TopicState, topicStateOf, type TopicViews } from './topic-views.js'

/** Brings accepted records to their partitions. What the metadata at hand can't place waits for newer metadata. */
export interface Placement {
  place(pending: PendingRecord, now: number): void
  /** Metadata has come: places what was waiting, in order. */
  placeWaiting(now: number): void
  /** Forgets what waits: it was answered. */
  drop(): void
  /** Topics that records wait for. */
  waitingTopics(): Iterable<string>
  /** Rejects what is due. Returns when the next one is. */
  expire(now: number): number
}

export interface PlacementParts {
  readonly accumulator: Accumulator<PendingRecord>
  readonly partitioner: Partitioner
  readonly views: TopicViews
  readonly outstanding: Pick<Outstanding, 'refuse'>
  readonly errors: SenderErrors
}

/** A partition that the topic does not have is the fault of the record that names it: its neighbours are placed. */
type Placed =
  | Exclude<TopicState, { kind: 'refuse' }>
  | { readonly kind: 'refuse'; readonly reason: string; readonly partition?: number }

export function createPlacement({ accumulator, partitioner, views, outstanding, errors }: PlacementParts): Placement {
  const waiting = new Map<string, PendingRecord[]>()

  /** Adds the record to a batch if it can; otherwise says what to do with it. */
  function tryPlace(pending: PendingRecord, now: number): Placed {
    const { outgoing, sentAt } = pending
    const { topic } = outgoing
    const view = views.fresh(topic, now)
    const topicState = topicStateOf(view, sentAt)
    if (view === undefined || topicState.kind !== 'usable') return topicState
    const partition = partitioner.choose(outgoing, view.leaders, (one) => accumulator.hasOpenBatch(topic, one))
    const state = partitionStateOf(view, partition, sentAt)
    if (state.kind === 'usable') accumulator.add(topic, partition, pending, now)
    return state.kind === 'refuse' ? { ...state, partition } : state
  }

  function place(pending: PendingRecord, now: number): void {
    let state: Placed
    try {
      state = tryPlace(pending, now)
    } catch (cause) {
      return outstanding.refuse(pending, errors.invalid(pending, 'its partitioner failed', undefined, cause))
    }
    if (state.kind === 'refuse') {
      const { reason, partition } = state
      const error =
        partition === undefined ? errors.refused(pending, reason) : errors.invalid(pending, reason, partition)
      outstanding.refuse(pending, error)
    }
    if (state.kind !== 'wait') return
    const { topic } = pending.outgoing
    const others = waiting.get(topic)
    if (others === undefined) waiting.set(topic, [pending])
    else others.push(pending)
  }

  return {
    place,
    drop: () => waiting.clear(),
    waitingTopics: () => waiting.keys(),
    placeWaiting(now) {
      const lists = [...waiting.values()]
      waiting.clear()
      for (const list of lists) {
        for (const pending of list) place(pending, now)
      }
    },
    expire(now) {
      let next = Number.POSITIVE_INFINITY
      for (const [topic, list] of waiting) {
        const firstKept = list.findIndex(({ dueAt }) => dueAt > now)
        const due = list.splice(0, firstKept === -1 ? list.length : firstKept)
        if (list.length === 0) waiting.delete(topic)
        for (const pending of due) outstanding.refuse(pending, errors.timedOut(pending))
        next = Math.min(next, list[0]?.dueAt ?? next)
      }
      return next
    },
  }
}
