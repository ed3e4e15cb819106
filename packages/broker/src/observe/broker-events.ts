/** What happened inside a broker, in the past tense. The log lines of the command, waits of tests and inspection all read it. */
export type BrokerEvent =
  | { kind: 'topic.created'; topic: string; partitions: number }
  | { kind: 'topic.deleted'; topic: string }
  | { kind: 'topic.extended'; topic: string; partitions: number }
  | { kind: 'topic.configured'; topic: string }
  | {
      kind: 'records.appended'
      topic: string
      partition: number
      baseOffset: bigint
      endOffset: bigint
      records: number
    }
  | {
      kind: 'log.truncated'
      topic: string
      partition: number
      startOffset: bigint
      reason: 'deleted' | 'retention' | 'fault'
    }
  /** The logs hold all that they may together: records are refused until some are released. */
  | { kind: 'memory.full'; limitBytes: number }
  | { kind: 'transaction.marked'; topic: string; partition: number; producerId: bigint; committed: boolean }
  | { kind: 'group.changed'; groupId: string; state: string; generation: number; members: number }
  | { kind: 'member.joined'; groupId: string; memberId: string }
  | { kind: 'member.left'; groupId: string; memberId: string }
  | { kind: 'member.expired'; groupId: string; memberId: string }
  | { kind: 'group.deleted'; groupId: string }
  | { kind: 'offsets.committed'; groupId: string; offsets: readonly CommittedOffset[] }
  | { kind: 'transaction.begun'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | {
      kind: 'transaction.ended'
      transactionalId: string
      producerId: bigint
      producerEpoch: number
      committed: boolean
    }
  | { kind: 'transaction.expired'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | { kind: 'producer.fenced'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | { kind: 'connection.opened'; connectionId: number; client: string }
  | { kind: 'connection.closed'; connectionId: number; reason: ConnectionEnd }
  | RequestAnswered
  /** A defect of this broker: the request was not answered and its connection was closed. */
  | { kind: 'request.failed'; connectionId: number; api: string; apiVersion: number; error: unknown }
  | { kind: 'broker.started'; bootstrapServers: readonly string[] }
  | { kind: 'broker.stopped' }

/** Made only while somebody listens: it would cost every request an object. */
export interface RequestAnswered {
  kind: 'request.answered'
  connectionId: number
  api: string
  apiVersion: number
  clientId: string
  /** From the decoded request to its answer, on the broker's clock. */
  elapsedMs: number
  outcome: 'answered' | 'unanswered' | 'closed' | 'abandoned'
}

export interface CommittedOffset {
  topic: string
  partition: number
  offset: bigint
}

/** `protocol`: what Kafka answers by closing. `stalled`: its answers were not read. */
export type ConnectionEnd = 'client' | 'protocol' | 'handler' | 'fault' | 'stalled' | 'broker'

export type BrokerListener = (event: BrokerEvent) => void

export interface BrokerEvents {
  readonly emit: (event: BrokerEvent) => void
  /**
   * The listener runs in the turn of the event, so it must be quick. `request.answered`, of which there are many, is for those who ask
   * for it. Returns how to stop it.
   */
  subscribe(listener: BrokerListener, options?: { readonly requests?: boolean }): () => void
  /** Whether anybody listens at all: what is costly to describe is described only then. */
  readonly isWatched: boolean
  /** Whether anybody listens for `request.answered`. */
  readonly areRequestsWatched: boolean
}

/** A listener that throws is the listener's fault: the broker goes on, and the error is raised in a turn of its own. */
export function createBrokerEvents(): BrokerEvents {
  // Each subscription is its own, also of a function that was given twice.
  const subscriptions = new Set<{ readonly listener: BrokerListener; readonly requests: boolean }>()
  let requestWatchers = 0
  return {
    emit(event) {
      for (const { listener, requests } of subscriptions) {
        if (requests || event.kind !== 'request.answered') tell(listener, event)
      }
    },
    subscribe(listener, { requests = false } = {}) {
      const subscription = { listener, requests }
      subscriptions.add(subscription)
      if (requests) requestWatchers += 1
      return () => {
        if (subscriptions.delete(subscription) && requests) requestWatchers -= 1
      }
    },
    get isWatched() {
      return subscriptions.size > 0
    },
    get areRequestsWatched() {
      return requestWatchers > 0
    },
  }
}

function tell(listener: BrokerListener, event: BrokerEvent): void {
  try {
    listener(event)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
