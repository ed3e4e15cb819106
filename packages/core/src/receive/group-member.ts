import { fail } from '../millrace-error.js'
import type { Clock, Timer } from '../observe/clock.js'
import type { DriverEvent, Events, LeaseEnd } from '../observe/events.js'
import type { Logger } from '../observe/logger.js'
import { errorFrom } from '../observe/thrown.js'
import type { Driver, Lease, LeaseCommit, LogPlace, Member, MemberEvents, MemberOptions } from './driver.js'
import { drainLeases, lastCommitMs } from './drain-leases.js'
import { gateEvents, type Hearing } from './gate-events.js'
import type { LeasedPartition } from './leased-partition.js'
import { markReadable } from './mark-readable.js'
import { OperatorPauses } from './operator-pauses.js'
import { decideRebuild, isFinalDeath } from './rebuild-policy.js'
import type { ReceivedBatch } from './record.js'
import { seekPartition } from './seek-partition.js'
import { type StalledLease, Watchdog } from './watchdog.js'

/** How long a stalled member may take to leave beyond the end of its leases. */
const leaveGraceMs = 10_000
/** How long the driver may take to leave and close when a stop has come to the end of the last commit. */
const goodbyeMs = 4_000

export interface GroupParts {
  readonly driver: Driver
  readonly options: MemberOptions
  readonly restarts: number
  readonly restartWindowMs: number
  /** How long nothing may come although there is more; undefined where nobody watches. */
  readonly watchdogMs: number | undefined
  readonly log: Logger
  readonly clock: Clock
  readonly events: Events
  readonly random: () => number
  /** At its start, or where an operator has it go on. */
  readonly openPartition: (lease: Lease, startOffset: bigint) => LeasedPartition
  /** How long running attempts are waited for when leases end. */
  readonly drainMs: number
  /** Commits what is settled; tries again until it is answered or `until` aborts, and gives up what is open when `end` does. */
  readonly flush: (until: AbortSignal, end: AbortSignal) => Promise<void>
  /** Told when a lease has ended, with its final ledger. */
  readonly onEnded: (partition: LeasedPartition) => void
  /** The member can't be kept alive. */
  readonly onGiveUp: (error: Error) => void
}

/**
 * Keeps this worker a member of one group, and its leases at work.
 *
 * `joining -> joined -> (died -> waiting -> joining)* -> leaving -> left`. A dead member is never reused: after a wait a new
 * one joins, until it has died too often and the worker gives up. One that is stalled (see `watchdog.ts`) is left first, and
 * counts as dead from then on. Where it does not even leave, the group may still give it partitions that nobody reads, and
 * only the end of the process frees them: the worker gives up at once.
 *
 * A rebalance or stop ends leases in this order: (1) intake stops and queued records are forgotten, (2) running attempts
 * finish, at most until the drain deadline, (3) what is settled is committed, (4) the leases end: attempts that still run
 * are interrupted and settle nothing.
 */
export class GroupMember implements MemberEvents {
  generation = -1
  rebalances = 0
  deaths = 0
  stalls = 0
  readonly partitions = new Map<Lease, LeasedPartition>()
  readonly paused = new OperatorPauses()
  /** Within the window that counts. */
  #deathsAt: readonly number[] = []
  #member: Member | undefined
  /** Of the present member. */
  #ear: { hearing: Hearing } = { hearing: 'nothing' }
  readonly #watchdog: Watchdog | undefined
  #leavingStalled: Promise<void> | undefined
  /** Ends the wait for a stalled member to leave. */
  #leaveBehind: (() => void) | undefined
  #isJoined = false
  #wasIdle = false
  #rebuild: Timer | undefined
  #isLeaving = false
  /** Aborts when running attempts are not waited for any longer. */
  readonly #shutdownDeadline = new AbortController()

  constructor(private readonly parts: GroupParts) {
    const { watchdogMs: limitMs, clock, log } = parts
    if (limitMs === undefined) return
    this.#watchdog = new Watchdog({
      ...{ limitMs, clock, log },
      leases: () => [...this.partitions.values()].map((partition) => partition.watched()),
      endOffsets: async (leases, signal) => (await this.#member?.endOffsets(leases, signal)) ?? new Map(),
      onStall: (stalled) => {
        this.#leavingStalled = this.#leaveStalled(stalled, limitMs)
      },
    })
  }

  get group(): string {
    return this.parts.options.group
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  join(): void {
    const ear: { hearing: Hearing } = { hearing: 'all' }
    this.#ear = ear
    this.#member = this.parts.driver.join(
      this.parts.options,
      gateEvents(this, this.group, () => ear.hearing),
    )
    this.#watchdog?.start()
  }

  /** Undefined where the driver can't tell. */
  async findOffsets(leases: readonly Lease[], at: LogPlace, signal: AbortSignal) {
    return this.#member?.findOffsets?.(leases, at, signal)
  }

  async commit(commits: readonly LeaseCommit[], signal: AbortSignal): Promise<void> {
    const member = this.#member
    const lost = commits[0]?.lease
    if (member === undefined && lost !== undefined) throw fail('MILLRACE_DRIVER_LEASE_ENDED', lost)
    await member?.commit(commits, signal)
  }

  onAssigned(leases: readonly Lease[], generation: number): void {
    const { events } = this.parts
    this.generation = generation
    this.#isJoined = true
    this.rebalances += 1
    // A driver that could not wait for a drain has gone on without it: the handlers of those leases may be at it still.
    this.#end(
      [...this.partitions.values()].filter(({ lease }) => !lease.isLive),
      'revoked',
    )
    for (const lease of leases) this.#open(lease)
    const names = leases.map(({ topic, partition }) => `${topic}[${partition}]`)
    events.emit({ name: 'member.joined', group: this.group, generation, partitions: names })
    if (leases.length === 0 && !this.#wasIdle) events.emit({ name: 'member.idle', group: this.group })
    this.#wasIdle = leases.length === 0
  }

  onRecords(lease: Lease, batch: ReceivedBatch): void {
    this.partitions.get(lease)?.receive(batch)
  }

  #open(lease: Lease, offset = lease.startOffset): void {
    const { topic, partition, epoch: generation } = lease
    const opened = this.parts.openPartition(lease, offset)
    this.partitions.set(lease, opened)
    this.parts.events.emit({ name: 'lease.started', group: this.group, topic, partition, generation, offset })
    if (this.paused.has(lease)) opened.pauseFor('operator')
  }

  /** See `seek-partition.ts`. */
  seek(from: LeasedPartition, to: bigint): Promise<bigint> {
    const { lease } = from
    const { clock, drainMs, flush } = this.parts
    const drained = { clock, drainMs, flush, cutShort: this.#shutdownDeadline.signal }
    return seekPartition(from, to, {
      drain: () => drainLeases([from], 'revoked', drained),
      isHeld: () => lease.isLive && !this.#isLeaving && this.partitions.get(lease) === from,
      end: () => this.#end([from], 'sought'),
      commit: (offset) => this.commit([{ lease, offset }], drained.cutShort),
      reopen: (offset) => {
        lease.resume() // the seek has paused it
        this.#open(lease, offset)
      },
    })
  }

  async onRevoked(leases: readonly Lease[], { lost }: { readonly lost: boolean }): Promise<void> {
    const ending = leases.flatMap((lease) => this.partitions.get(lease) ?? [])
    const reason = this.#endOf(lost)
    if (!lost) {
      const { clock, drainMs, flush } = this.parts
      const abort = this.#isLeaving ? 'shutdown' : 'revoked'
      await drainLeases(ending, abort, { clock, drainMs, flush, cutShort: this.#shutdownDeadline.signal })
    }
    this.#end(ending, reason)
  }

  #endOf(lost: boolean): LeaseEnd {
    if (this.#isLeaving) return 'shutdown'
    if (lost) return 'lost'
    return this.#ear.hearing === 'drain' ? 'died' : 'revoked'
  }

  #end(ending: readonly LeasedPartition[], reason: LeaseEnd): void {
    for (const partition of ending) {
      if (!this.partitions.delete(partition.lease)) continue // a death, or the end of leave(), came before the drain was done
      partition.end(reason)
      this.parts.onEnded(partition)
    }
  }

  onEvent(event: DriverEvent): void {
    markReadable(this.partitions.values(), event)
    this.parts.events.emit(event)
  }

  onFatal(error: Error): void {
    this.#watchdog?.stop()
    this.#end([...this.partitions.values()], 'died')
    this.#member = undefined
    this.#isJoined = false
    if (this.#isLeaving) return
    const { clock, events, random, restarts, restartWindowMs } = this.parts
    this.deaths += 1
    const now = clock.now()
    this.#deathsAt = [...this.#deathsAt.filter((at) => now - at <= restartWindowMs), now]
    const { group, deaths } = this
    events.emit({ name: 'member.died', group, error, deaths })

    if (isFinalDeath(error)) {
      this.parts.onGiveUp(error)
      return
    }
    const decision = decideRebuild(this.#deathsAt, now, this.parts, random)
    if (decision.kind === 'give-up') {
      this.parts.onGiveUp(
        fail('MILLRACE_WORKER_FAILED', { group, deaths: restarts + 1, windowMs: restartWindowMs }, { cause: error }),
      )
      return
    }
    events.emit({ name: 'member.rebuilding', group, delayMs: decision.delayMs, deaths })
    this.#rebuild = clock.after(decision.delayMs, () => this.#rejoin())
  }

  /** The member lives and does nothing: its leases get the time of a drain, and then it has left or the worker gives up. */
  async #leaveStalled(stalled: readonly StalledLease[], limitMs: number): Promise<void> {
    const { group, generation } = this
    const { clock, events, options } = this.parts
    const ear = this.#ear
    this.stalls += 1
    this.#isJoined = false
    ear.hearing = 'drain'
    const partitions = stalled.map(({ watched: { lease } }) => `${lease.topic}[${lease.partition}]`).join(', ')
    const error = fail('MILLRACE_DRIVER_MEMBER_STALLED', { group, partitions, limitMs })
    events.emit({
      ...{ name: 'member.stalled', group, generation, limitMs, error },
      stalled: stalled.map(({ watched: { lease, nextOffset }, endOffset, idleMs }) => {
        const { topic, partition } = lease
        return { topic, partition, nextOffset, endOffset, idleMs }
      }),
      partitions: [...this.partitions.values()].map((partition) => partition.snapshot()),
    })
    const over = new AbortController()
    this.#leaveBehind = () => over.abort()
    const leaveMs = options.revokeDrainMs + leaveGraceMs
    const late = clock.wait(leaveMs, over.signal).then(() => `it had not left after ${leaveMs / 1000} s`)
    // Leaving never rejects, by contract; a driver that is stuck may break even that.
    const left = this.#member?.leave().catch((thrown: unknown) => errorFrom(thrown).message)
    const reason = await Promise.race([left, late])
    over.abort()
    ear.hearing = 'nothing'
    this.#leavingStalled = undefined
    const isLeft = reason === undefined
    this.onFatal(isLeft ? error : fail('MILLRACE_DRIVER_LEAVE_FAILED', { group, reason }, { cause: error }))
  }

  /** Runs from a timer, where an error would have nobody to catch it. */
  #rejoin(): void {
    try {
      this.join()
    } catch (thrown) {
      this.onFatal(errorFrom(thrown))
    }
  }

  /** Drains, commits, leaves the group. `deadline` ends the wait for running attempts; a driver that hangs is left behind soon after. */
  async leave(deadline: AbortSignal): Promise<void> {
    this.#isLeaving = true
    this.#rebuild?.cancel()
    this.#watchdog?.stop()
    const graceMs = this.#leavingStalled === undefined ? lastCommitMs + goodbyeMs : lastCommitMs
    const left = new AbortController()
    const late = Promise.withResolvers<void>()
    const giveUp = (): void => {
      this.#shutdownDeadline.abort()
      late.resolve(this.parts.clock.wait(graceMs, left.signal).then(() => this.#leftBehind(left.signal)))
    }
    deadline.addEventListener('abort', giveUp, { once: true })
    if (deadline.aborted) giveUp()
    try {
      await Promise.race([this.#leavingStalled ?? this.#member?.leave(), late.promise])
    } finally {
      left.abort()
      deadline.removeEventListener('abort', giveUp)
      this.#leaveBehind?.()
      this.#ear.hearing = 'nothing'
      this.#end([...this.partitions.values()], 'shutdown')
      this.#isJoined = false
    }
  }

  #leftBehind(left: AbortSignal): void {
    if (left.aborted) return
    const { group } = this
    const err = fail('MILLRACE_DRIVER_LEAVE_FAILED', { group, reason: 'it had not left when the stop was over' })
    this.parts.log.warn({ err }, 'the worker stops without the goodbye of a member')
  }
}
