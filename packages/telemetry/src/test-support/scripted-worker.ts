import type {
  EventName,
  EventOf,
  GroupSnapshot,
  HandlerTotals,
  MillraceEvent,
  ObservedWorker,
  PartitionSnapshot,
  Worker,
  WorkerSnapshot,
} from '@millrace/core'

/** A worker whose snapshot and events the test says. */
export interface ScriptedWorker extends ObservedWorker, Pick<Worker, 'describe'> {
  snapshot: WorkerSnapshot
  readonly listeners: number
  emit(event: MillraceEvent): void
}

export function scriptedWorker(snapshot: Partial<WorkerSnapshot> = {}): ScriptedWorker {
  const all = new Set<(event: MillraceEvent) => void>()
  const onAny = (listener: (event: MillraceEvent) => void) => {
    all.add(listener)
    return () => void all.delete(listener)
  }
  return {
    snapshot: {
      state: 'running',
      hasStarted: true,
      isReady: true,
      notReadyBecause: [],
      groups: [],
      handlers: [],
      ...snapshot,
    },
    get listeners() {
      return all.size
    },
    inspect() {
      return this.snapshot
    },
    describe: () => ({ groups: [], options: { commitIntervalMs: 200 } }),
    onAny,
    on: <Name extends EventName>(name: Name, listener: (event: EventOf<Name>) => void) =>
      onAny((event) => {
        if (event.name === name) listener(event as EventOf<Name>)
      }),
    emit: (event) => all.forEach((listener) => listener(event)),
  }
}

export const handlerTotals = (totals: Partial<HandlerTotals> = {}): HandlerTotals => ({
  ...{ group: 'billing', topic: 'orders.v1', handler: 'Billing.placed', inFlight: 0 },
  ...{ received: 0, processed: 0, retried: 0, deadLettered: 0, skipped: 0, abandoned: 0 },
  ...{ attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 },
  ...totals,
})

export const groupSnapshot = (group: Partial<GroupSnapshot> = {}): GroupSnapshot => ({
  ...{ group: 'billing', isJoined: true, generation: 4, rebalances: 0, deaths: 0, stalls: 0 },
  ...{
    commits: { done: 0, failed: 0 },
    transactions: { committed: 0, aborted: 0, fenced: 0 },
    decided: { records: 0, outputs: 0, bytes: 0 },
    partitions: [],
  },
  ...group,
})

export const partitionSnapshot = (partition: Partial<PartitionSnapshot> = {}): PartitionSnapshot => ({
  ...{ topic: 'orders.v1', partition: 0, generation: 4, lag: 0, oldestUnsettledMs: 0, pausedBecause: [], lanes: [] },
  ...{ watermark: 0n, committed: 0n, nextOffset: 0n, endOffset: 0n },
  inFlight: { queued: 0, running: 0, awaiting: 0 },
  ledger: { received: 0, processed: 0, retried: 0, deadLettered: 0, skipped: 0, abandoned: 0 },
  ...partition,
})
