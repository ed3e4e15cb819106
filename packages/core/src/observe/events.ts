import type { Position } from '../receive/record.js'
import type { OperatorVerb } from './control.js'
import type { PartitionSnapshot } from './snapshot.js'

/**
 * Why a partition is not being fetched or worked on. `straggling`: a run of an earlier lease of it has not ended here.
 * `output-failing`: outputs or dead letters of a pipeline are not taken by their topic, or no broker takes them.
 * `dependency-down`: its record waits for a service that its handler or its serde needs. `braked`: nearly all of its records fail in the same
 * way, and their dead letters are held back. `operator`: somebody has paused it.
 */
export type PauseReason =
  | 'back-pressure'
  | 'dead-letter-failing'
  | 'output-failing'
  | 'halted'
  | 'straggling'
  | 'operator'
  | HoldReason
/** Why a record waits and no attempt is counted. */
export type HoldReason = 'dependency-down' | 'braked'
/** Why a braked partition goes on: its record passed, it failed in another way, or an operator wants its dead letters. */
export type BrakeRelease = 'passed' | 'failed-otherwise' | 'operator'
/** `sought`: an operator has it read from another place. */
export type LeaseEnd = 'revoked' | 'lost' | 'shutdown' | 'died' | 'sought'
export type FailureStage = 'decode' | 'validate' | 'handle' | 'route'
/** What was done about a dead letter that was too large: a smaller one was written, or the policy `onOversize` applied. */
export type OversizeResolution = 'shrunk' | 'without-value' | 'halted' | 'skipped'

interface InGroup {
  readonly group: string
}
interface OnPartition extends InGroup {
  readonly topic: string
  readonly partition: number
}
interface OnRecord extends InGroup, Position {
  readonly generation: number
  readonly handler: string
  /** The attempt that the event is about, from 1. */
  readonly attempt: number
  /** Where attempts are traced: the span of this one. */
  readonly traceId?: string
  readonly spanId?: string
}

/** A partition of a stalled member that has room, is readable, and gets nothing. */
export interface StalledPartition {
  readonly topic: string
  readonly partition: number
  /** The next offset that it waits for. */
  readonly nextOffset: bigint
  /** The end of its log, asked just now. */
  readonly endOffset: bigint
  /** How long nothing has been handed over, ms. */
  readonly idleMs: number
}

/** Every event of a worker and what it carries. `worker.on(name, listener)` is typed by this table; names are past tense. */
export interface EventCatalogue {
  'worker.started': { readonly groups: readonly string[] }
  /** Something is off that does not stop the worker: a time limit above the drain, short dead-letter retention. */
  'worker.warned': { readonly warning: string }
  'worker.draining': { readonly reason: string; readonly inFlight: number }
  'worker.stopped': { readonly abandoned: number; readonly inTime: boolean }
  /** The worker gave up: a member could not be kept alive. */
  'worker.failed': { readonly error: Error }
  /** Somebody has asked something of the worker by its admin endpoints. Refused where there is an error. */
  'operator.acted': {
    readonly verb: OperatorVerb
    /** Who, as far as it is known. */
    readonly by: string
    readonly facts: Readonly<Record<string, unknown>>
    readonly error?: Error
  }
  /** The event loop was blocked, so heartbeats were late. */
  'event-loop.blocked': { readonly blockedMs: number }
  'member.joined': InGroup & { readonly generation: number; readonly partitions: readonly string[] }
  /** Joined without a partition: healthy, ready, and waiting for one. Said once, and again only after it had one. */
  'member.idle': InGroup
  'member.died': InGroup & { readonly error: Error; readonly deaths: number }
  /**
   * The member lives and hands nothing over although logs of it go on: it is left and rebuilt, as after a death. `stalled` is
   * what was noticed, `partitions` all that the member had then.
   */
  'member.stalled': InGroup & {
    readonly generation: number
    readonly limitMs: number
    readonly stalled: readonly StalledPartition[]
    readonly partitions: readonly PartitionSnapshot[]
    readonly error: Error
  }
  'member.rebuilding': InGroup & { readonly delayMs: number; readonly deaths: number }
  'lease.started': OnPartition & { readonly generation: number; readonly offset: bigint }
  'lease.ended': OnPartition & { readonly generation: number; readonly reason: LeaseEnd; readonly abandoned: number }
  'partition.paused': OnPartition & { readonly reason: PauseReason }
  'partition.resumed': OnPartition & { readonly reason: PauseReason }
  /** Everything that was in the log is settled. Once per lease. */
  'partition.caught-up': OnPartition & { readonly offset: bigint }
  /** A lane stopped for good because its exhaustion policy is `halt`. */
  'partition.halted': OnRecord & { readonly error: Error }
  /** An alarm: nearly all records fail in the same way, so the partition stands still instead of filling its dead-letter topic. */
  'partition.braked': OnRecord & {
    /** Of the fault, as in the header `error-fingerprint`. */
    readonly fingerprint: string
    readonly stage: FailureStage
    /** How often the record runs again, ms. */
    readonly probeMs: number
    readonly error: Error
  }
  /** Dead letters are written again. */
  'partition.released': OnPartition & { readonly because: BrakeRelease; readonly brakedMs: number }
  /** Records between `from` and `to` are gone from the log; the lease goes on at `to`. */
  'partition.out-of-range': OnPartition & { readonly from: bigint; readonly to: bigint }
  /** A partition can't be read for a reason of its own; others go on. */
  'partition.failed': OnPartition & { readonly error: Error }
  'partition.recovered': OnPartition
  'record.retrying': OnRecord & { readonly delayMs: number; readonly error: Error }
  /** It waits for something that is not its own fault and runs again: no attempt is counted, nothing is dead-lettered. */
  'record.waiting': OnRecord & { readonly reason: HoldReason; readonly delayMs: number; readonly error: Error }
  'record.dead-lettered': OnRecord & {
    readonly deadLetterTopic: string
    readonly stage: FailureStage
    readonly error: Error
  }
  'record.skipped': OnRecord & { readonly reason: string; readonly error?: Error }
  /** A run went on beyond its time limit, or its lease: what it returns is ignored. Once per run, at the latest when the grace has passed. */
  'record.late': OnRecord & { readonly lateMs: number }
  'dead-letter.failed': OnRecord & {
    readonly deadLetterTopic: string
    readonly tries: number
    readonly delayMs: number
    readonly error: Error
  }
  /** The dead letter was too large for its topic, and this is what was done about it. `bytes` of key, value and headers at first. */
  'dead-letter.oversize': OnRecord & {
    readonly deadLetterTopic: string
    readonly bytes: number
    readonly resolution: OversizeResolution
    /** The refusal, which says what the limit is, where the broker tells. */
    readonly error: Error
  }
  'dead-letter.recovered': OnRecord & { readonly deadLetterTopic: string; readonly tries: number }
  'commit.done': InGroup & { readonly partitions: number; readonly records: number }
  'commit.failed': InGroup & { readonly error: Error }
  /** Outputs, dead letters and offsets of a pipeline became visible together. */
  'transaction.committed': InGroup & {
    readonly partitions: number
    readonly records: number
    readonly outputs: number
    /** From the first request to the last answer, ms. */
    readonly durationMs: number
  }
  /** Nothing of it is visible; its outputs are sent again in the next one, as long as their leases live. */
  'transaction.aborted': InGroup & { readonly records: number; readonly error: Error }
  /**
   * The group or another producer has taken over, or it was open for longer than its time-out: nothing of it is visible to anybody.
   * Or, by the code of the error, its end could not be found out: all of it is visible or nothing, and the dead letters in it are not
   * announced. The leases of its records end where they are lost.
   */
  'transaction.fenced': InGroup & { readonly error: Error }
  /** A commit or a result arrived for a lease that had ended; it was dropped. */
  'commit.refused': InGroup & { readonly error: Error }
}

export type EventName = keyof EventCatalogue
export type MillraceEvent = { [Name in EventName]: { readonly name: Name } & EventCatalogue[Name] }[EventName]
/** What a driver may report by itself; everything else is said by the pipeline. */
export type DriverEvent = Extract<
  MillraceEvent,
  {
    name: 'partition.out-of-range' | 'partition.failed' | 'partition.recovered' | 'event-loop.blocked' | 'worker.warned'
  }
>

export interface Events {
  /** Returns the function that takes the listener off again. */
  on<Name extends EventName>(name: Name, listener: (event: EventOf<Name>) => void): () => void
  /** Hears every event: for loggers and exporters. */
  onAny(listener: (event: MillraceEvent) => void): () => void
  emit(event: MillraceEvent): void
}
export type EventOf<Name extends EventName> = Extract<MillraceEvent, { name: Name }>

/** `onListenerError` is told when a listener throws; the others still hear the event, and the pipeline goes on. */
export function createEvents(onListenerError: (error: unknown, event: MillraceEvent) => void): Events {
  const all = new Set<(event: MillraceEvent) => unknown>()
  const report = (error: unknown, event: MillraceEvent): void => {
    try {
      onListenerError(error, event)
    } catch {
      // The report itself is broken (a logger that is closed): there is nobody left to tell, and the pipeline goes on.
    }
  }
  const hear = (listener: (event: MillraceEvent) => unknown, event: MillraceEvent): void => {
    try {
      const result = listener(event)
      // An async function fits the type of a listener; its rejection is its own fault and not the process's.
      if (result instanceof Promise) result.catch((error: unknown) => report(error, event))
    } catch (error) {
      report(error, event)
    }
  }
  return {
    on: (name, listener) => {
      const filtered = (event: MillraceEvent): void => {
        if (isNamed(event, name)) listener(event)
      }
      all.add(filtered)
      return () => void all.delete(filtered)
    },
    onAny: (listener) => {
      all.add(listener)
      return () => void all.delete(listener)
    },
    emit(event) {
      for (const listener of [...all]) hear(listener, event) // who begins to listen now hears the next one
    },
  }
}

const isNamed = <Name extends EventName>(event: MillraceEvent, name: Name): event is EventOf<Name> =>
  event.name === name
