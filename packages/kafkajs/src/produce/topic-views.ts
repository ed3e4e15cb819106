import type { ClusterMetadata } from './metadata-request.js'
import { produceFaultOf } from './produce-errors.js'

/** What the cluster last said about a topic. */
export interface TopicView {
  readonly errorCode: number
  /** Node id of the leader by partition; -1 where there is none. */
  readonly leaders: readonly number[]
  /** When it was asked: the answer is at least as new. */
  readonly seenAt: number
  lastUsedAt: number
}

/** Older metadata places nothing: a partition is checked against the cluster before a batch is made (K24). */
const MAX_VIEW_AGE_MS = 30_000
/** A topic that nobody has sent to for this long is no longer asked about. */
const FORGET_AFTER_MS = 300_000
/** A topic or partition that was just created takes this long at most to be known to every broker. */
const MISSING_GRACE_MS = 400

const UNKNOWN_TOPIC = 3

export interface TopicViews {
  /** Undefined when the topic was never asked about, or too long ago. */
  fresh(topic: string, now: number): TopicView | undefined
  /** Whatever is known, for finding leaders: a wrong one corrects itself. */
  known(topic: string): TopicView | undefined
  names(): Iterable<string>
  /** Nodes that lead some partition; with -1 where some has no leader. */
  leaders(): ReadonlySet<number>
  /** Some topic in use is past half of its age: ask again before it holds anybody up. */
  isAging(now: number): boolean
  learn(metadata: ClusterMetadata, seenAt: number): void
}

export function createTopicViews(): TopicViews {
  const views = new Map<string, TopicView>()
  return {
    fresh(topic, now) {
      const view = views.get(topic)
      if (view === undefined || now - view.seenAt > MAX_VIEW_AGE_MS) return undefined
      view.lastUsedAt = now
      return view
    },
    known: (topic) => views.get(topic),
    names: () => views.keys(),
    leaders: () => new Set([...views.values()].flatMap(({ leaders }) => leaders)),
    isAging(now) {
      for (const { seenAt, lastUsedAt } of views.values()) {
        if (now - seenAt > MAX_VIEW_AGE_MS / 2 && now - lastUsedAt < MAX_VIEW_AGE_MS / 2) return true
      }
      return false
    },
    learn({ topics }, seenAt) {
      for (const { topic, errorCode, leaders } of topics) {
        views.set(topic, { errorCode, leaders, seenAt, lastUsedAt: views.get(topic)?.lastUsedAt ?? seenAt })
      }
      for (const [topic, { lastUsedAt, errorCode }] of views) {
        // An unknown topic is asked about again only when somebody sends to it.
        const keepMs = errorCode === UNKNOWN_TOPIC ? MISSING_GRACE_MS : FORGET_AFTER_MS
        if (seenAt - lastUsedAt > keepMs) views.delete(topic)
      }
    },
  }
}

export type TopicState =
  | { readonly kind: 'usable' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'refuse'; readonly reason: string }

/** Whether records may be placed by this view, for one that is waiting since `since`. */
export function topicStateOf(view: TopicView | undefined, since: number): TopicState {
  if (view === undefined) return { kind: 'wait' }
  const { errorCode, leaders, seenAt } = view
  if (errorCode === 0 && leaders.length > 0) return { kind: 'usable' }
  const { name, meaning } = produceFaultOf(errorCode)
  // Refused only by what was asked after it came: rights may have been given since.
  const isNewEnough = meaning === 'refused' ? seenAt >= since : seenAt >= since + MISSING_GRACE_MS
  const isFinal = meaning === 'refused' || errorCode === UNKNOWN_TOPIC
  return isFinal && isNewEnough ? { kind: 'refuse', reason: name } : { kind: 'wait' }
}

/** The same for one partition of a topic that is usable. */
export function partitionStateOf({ leaders, seenAt }: TopicView, partition: number, since: number): TopicState {
  if (!Number.isInteger(partition) || partition < 0) {
    return { kind: 'refuse', reason: `${partition} is not a partition number` }
  }
  if (partition < leaders.length) return { kind: 'usable' }
  if (seenAt < since + MISSING_GRACE_MS) return { kind: 'wait' }
  return { kind: 'refuse', reason: `the topic has ${leaders.length} partitions` }
}
