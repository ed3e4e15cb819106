import {
  type Clock,
  type DriverEvent,
  fail,
  type Lease,
  type LeaseCommit,
  type LogPlace,
  type Member,
  type MemberEvents,
  type MemberOptions,
} from '@millrace/core'
import type { Gate } from './gate.js'
import type { PartitionLog } from './partition-log.js'
import type { DrainLimit } from './scripted-faults.js'
import { ScriptedLease } from './scripted-lease.js'
import type { ScriptedTopics } from './scripted-topics.js'

export interface PlannedCommitFailure {
  readonly error?: Error | undefined
}

/** What members of a group have in common. */
export interface MemberParts {
  readonly options: MemberOptions
  readonly events: MemberEvents
  readonly clock: Clock
  readonly topics: ScriptedTopics
  readonly commitGate: Gate<readonly LeaseCommit[], PlannedCommitFailure>
  /** Where look-ups of log ends are held. */
  readonly endsGate: Gate<readonly Lease[], never>
  /** The group's committed offset of a partition. */
  readonly committed: (topic: string, partition: number) => bigint | undefined
  /** Keeps where a lease began that began at the end of the log, so that a restart does not skip what comes now. */
  readonly began: (topic: string, partition: number, offset: bigint) => void
  /** Stores a commit that was let through. */
  readonly store: (member: ScriptedMember, commits: readonly LeaseCommit[]) => void
  /** Resolves when no transaction holds an offset of these, or the signal aborts. */
  readonly stable: (assigned: readonly { topic: string; partition: number }[], signal: AbortSignal) => Promise<void>
  readonly leave: (member: ScriptedMember) => Promise<void>
  readonly drains: DrainLimit
  readonly wake: () => void
  readonly isStalled: (topic: string, partition: number) => boolean
  /** A breach of the port's contract, kept for the test to see. */
  readonly violated: (text: string) => void
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

/** One member of one group, as a driver sees it. */
export class ScriptedMember implements Member {
  readonly options: MemberOptions
  readonly #parts: MemberParts
  readonly #leases = new Map<string, ScriptedLease>()
  readonly #left = new AbortController()
  #leaving: Promise<void> | undefined

  constructor(parts: MemberParts) {
    this.#parts = parts
    this.options = parts.options
  }

  get leases(): readonly ScriptedLease[] {
    return [...this.#leases.values()]
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined
  }

  owned(topic: string, partition: number): ScriptedLease | undefined {
    return this.#leases.get(keyOf(topic, partition))
  }

  /** Begins a generation with these partitions: waits for offsets that are pending, then for `onAssigned`. */
  async begin(assigned: readonly { topic: string; partition: number }[], generation: number): Promise<void> {
    await this.#parts.stable(assigned, this.#left.signal)
    if (this.isLeaving) return
    const fresh = assigned.map(({ topic, partition }) => this.#lease(topic, partition, generation))
    await this.#guarded('onAssigned', () => this.#parts.events.onAssigned(fresh, generation))
    for (const lease of fresh) this.#leases.set(keyOf(lease.topic, lease.partition), lease)
  }

  /** Ends leases through `onRevoked`, bounded by `revokeDrainMs`, then fences them. Lost ones are fenced first. */
  async end(which: (lease: Lease) => boolean, reason: { readonly lost: boolean }): Promise<void> {
    const ending = [...this.#leases.values()].filter(which)
    for (const lease of ending) {
      lease.stopFetching()
      if (reason.lost) lease.fence()
    }
    if (ending.length > 0) {
      const done = new AbortController()
      const limitMs = Math.min(this.options.revokeDrainMs, this.#parts.drains.limitMs)
      const call = (): Promise<void> | void => this.#parts.events.onRevoked(ending, reason)
      const revoked = this.#guarded('onRevoked', call).finally(() => done.abort())
      await Promise.race([revoked, this.#parts.clock.wait(limitMs, done.signal)])
    }
    for (const lease of ending) {
      lease.fence()
      this.#leases.delete(keyOf(lease.topic, lease.partition))
    }
  }

  /** Hands over at most one batch per lease; whether there was any. */
  handOver(maxRecords: number): boolean {
    let isAny = false
    for (const lease of this.#leases.values()) {
      const batch = lease.fetch(maxRecords)
      if (batch === undefined) continue
      isAny = true
      try {
        this.#parts.events.onRecords(lease, batch)
      } catch (error) {
        this.#parts.violated(`onRecords of ${this.options.group} threw: ${String(error)}`)
      }
    }
    return isAny
  }

  report(event: DriverEvent): void {
    this.#parts.events.onEvent(event)
  }

  die(error: Error): void {
    this.#parts.events.onFatal(error)
  }

  async commit(commits: readonly LeaseCommit[], signal: AbortSignal): Promise<void> {
    refuseEnded(commits)
    const { group } = this.options
    const { commitGate, store } = this.#parts
    const failed = (reason: string) => fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason })
    if (signal.aborted) throw failed('its signal was aborted')
    const end = await commitGate.wait(commits, { signals: [signal] })
    if (end === 'aborted') throw failed('its signal was aborted')
    const failure = commitGate.takeFailure(commits)
    if (failure !== undefined) throw failure.error ?? failed('a test asked for it')
    if (commits.some(({ lease }) => !lease.isLive)) {
      throw fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group, reason: 'the lease ended meanwhile' })
    }
    store(this, commits)
  }

  endOffsets(leases: readonly Lease[], signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>> {
    return this.findOffsets(leases, 'latest', signal)
  }

  async findOffsets(leases: readonly Lease[], at: LogPlace, signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>> {
    const { endsGate, topics } = this.#parts
    await endsGate.wait(leases, { signals: [signal] })
    const found = leases.flatMap((lease): [Lease, bigint][] => {
      const log = topics.get(lease.topic)?.partitions[lease.partition]
      return log === undefined || signal.aborted ? [] : [[lease, placeIn(log, at)]]
    })
    return new Map(found)
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#parts.leave(this)
    this.#left.abort()
    return this.#leaving
  }

  #lease(topic: string, partition: number, epoch: number): ScriptedLease {
    const { topics, committed, began, wake, events, isStalled } = this.#parts
    const log = topics.log(topic, partition)
    const fresh = this.options.startFrom === 'earliest' ? log.startOffset : log.endOffset
    const startOffset = committed(topic, partition) ?? fresh
    if (this.options.startFrom === 'latest') began(topic, partition, startOffset)
    const report = (event: DriverEvent): void => events.onEvent(event)
    return new ScriptedLease({
      topic,
      partition,
      epoch,
      startOffset,
      topics,
      options: this.options,
      wake,
      report,
      isStalled,
    })
  }

  /** Runs a call of the port; what it throws is a defect of the pipeline and must not stop the driver. */
  async #guarded(what: string, call: () => Promise<void> | void): Promise<void> {
    try {
      await call()
    } catch (error) {
      this.#parts.violated(`${what} of ${this.options.group} threw: ${String(error)}`)
    }
  }
}

function refuseEnded(commits: readonly LeaseCommit[]): void {
  for (const { lease } of commits) {
    if (!lease.isLive) {
      throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: lease.topic, partition: lease.partition })
    }
  }
}

function placeIn(log: PartitionLog, at: LogPlace): bigint {
  if (at === 'earliest') return log.startOffset
  if (at === 'latest') return log.endOffset
  return log.all().find(({ timestamp }) => timestamp >= at.timestamp)?.offset ?? log.endOffset
}
