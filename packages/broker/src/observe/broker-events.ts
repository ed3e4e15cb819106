/** What happened inside a broker, in the past tense. The log lines of the command, waits of tests and inspection all read it. */
export type BrokerEvent =
  | { kind: 'topic.created'; topic: string; partitions: number }
  | { kind: 'topic.deleted'; topic: string }
  | { kind: 'topic.extended'; topic: string; partitions: number }
  | { kind: 'topic.configured'; topic: string }
  | { kind: 'records.appended'; topic: string; partition: number; baseOffset: bigint; endOffset: bigint; records: number }
  | { kind: 'log.truncated'; topic: string; partition: number; startOffset: bigint; reason: 'deleted' | 'retention' | 'fault' }
  | { kind: 'transaction.marked'; topic: string; partition: number; producerId: bigint; committed: boolean }
  | { kind: 'group.changed'; groupId: string; state: string; generation: number; members: number }
  | { kind: 'member.joined'; groupId: string; memberId: string }
  | { kind: 'member.left'; groupId: string; memberId: string }
  | { kind: 'member.expired'; groupId: string; memberId: string }
  | { kind: 'group.deleted'; groupId: string }
  | { kind: 'offsets.committed'; groupId: string; offsets: readonly CommittedOffset[] }
  | { kind: 'transaction.begun'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | { kind: 'transaction.ended'; transactionalId: string; producerId: bigint; producerEpoch: number; committed: boolean }
  | { kind: 'transaction.expired'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | { kind: 'producer.fenced'; transactionalId: string; producerId: bigint; producerEpoch: number }
  | { kind: 'connection.opened'; connectionId: number; client: string }
  | { kind: 'connection.closed'; connectionId: number; reason: ConnectionEnd }
  | RequestAnswered
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
  outcome: 'answered' | 'unanswered' | 'closed'
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
  emit(event: BrokerEvent): void
  /** Runs in the turn of the event, so it must be quick. Returns how to stop it. */
  subscribe(listener: BrokerListener): () => void
  /** Whether anybody listens: what is costly to describe is described only then. */
  readonly isWatched: boolean
}

/** A listener that throws is the listener's fault: the broker goes on, and the error is raised in a turn of its own. */
export function createBrokerEvents(): BrokerEvents {
  const listeners = new Set<BrokerListener>()
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
    subscribe(listener) {
      // Each subscription is its own, also of a function that was given twice.
      const own: BrokerListener = (event) => listener(event)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    get isWatched() {
      return listeners.size > 0
    },
  }
}
