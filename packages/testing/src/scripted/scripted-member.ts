import {
  type Clock,
  type DriverEvent,
  fail,
  type Lease,
  type LeaseCommit,
  type Member,
  type MemberEvents,
  type MemberOptions,
} from '@millrace/core'
import type { Gate } from './gate.js'
import { createScriptedLease, type ScriptedLease } from './scripted-lease.js'
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
  /** The group's committed offset of a partition. */
  readonly committed: (topic: string, partition: number) => bigint | undefined
  /** Stores a commit that was let through. */
  readonly store: (member: ScriptedMember, commits: readonly LeaseCommit[]) => void
  readonly leave: (member: ScriptedMember) => Promise<void>
  readonly wake: () => void
  /** A breach of the port's contract, kept for the test to see. */
  readonly violated: (text: string) => void
}

export interface ScriptedMember extends Member {
  readonly options: MemberOptions
  readonly isLeaving: boolean
  /** Begins a generation with these partitions and waits for `onAssigned`. */
  begin(assigned: readonly { topic: string; partition: number }[], generation: number): Promise<void>
  /** Ends leases through `onRevoked`, bounded by `revokeDrainMs`, then fences them. Lost ones are fenced first. */
  end(which: (lease: Lease) => boolean, reason: { readonly lost: boolean }): Promise<void>
  /** Hands over at most one batch per lease; whether there was any. */
  handOver(maxRecords: number): boolean
  owned(topic: string, partition: number): ScriptedLease | undefined
  report(event: DriverEvent): void
  die(error: Error): void
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

export function createScriptedMember(parts: MemberParts): ScriptedMember {
  const { options, events, clock, topics } = parts
  const leases = new Map<string, ScriptedLease>()
  let leaving: Promise<void> | undefined

  /** Runs a call of the port; what it throws is a defect of the pipeline and must not stop the driver. */
  async function guarded(what: string, call: () => Promise<void> | void): Promise<void> {
    try {
      await call()
    } catch (error) {
      parts.violated(`${what} of ${options.group} threw: ${String(error)}`)
    }
  }

  function leaseOf(topic: string, partition: number, epoch: number): ScriptedLease {
    const log = topics.log(topic, partition)
    const fresh = options.startFrom === 'earliest' ? log.startOffset : log.endOffset
    const startOffset = parts.committed(topic, partition) ?? fresh
    const report = (event: DriverEvent): void => events.onEvent(event)
    return createScriptedLease({ topic, partition, epoch, startOffset, log, options, wake: parts.wake, report })
  }

  const member: ScriptedMember = {
    options,
    get isLeaving() {
      return leaving !== undefined
    },
    async begin(assigned, generation) {
      const fresh = assigned.map(({ topic, partition }) => leaseOf(topic, partition, generation))
      await guarded('onAssigned', () => events.onAssigned(fresh, generation))
      for (const lease of fresh) leases.set(keyOf(lease.topic, lease.partition), lease)
    },
    async end(which, reason) {
      const ending = [...leases.values()].filter(which)
      for (const lease of ending) {
        lease.stopFetching()
        if (reason.lost) lease.fence()
      }
      if (ending.length > 0) {
        const done = new AbortController()
        const revoked = guarded('onRevoked', () => events.onRevoked(ending, reason)).finally(() => done.abort())
        await Promise.race([revoked, clock.wait(options.revokeDrainMs, done.signal)])
      }
      for (const lease of ending) {
        lease.fence()
        leases.delete(keyOf(lease.topic, lease.partition))
      }
    },
    handOver(maxRecords) {
      let isAny = false
      for (const lease of leases.values()) {
        const batch = lease.fetch(maxRecords)
        if (batch === undefined) continue
        isAny = true
        try {
          events.onRecords(lease, batch)
        } catch (error) {
          parts.violated(`onRecords of ${options.group} threw: ${String(error)}`)
        }
      }
      return isAny
    },
    owned: (topic, partition) => leases.get(keyOf(topic, partition)),
    report: (event) => events.onEvent(event),
    die: (error) => events.onFatal(error),
    async commit(commits, signal) {
      refuseEnded(commits)
      const failed = (reason: string) => fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: options.group, reason })
      if (signal.aborted) throw failed('its signal was aborted')
      const end = await parts.commitGate.wait(commits, { signals: [signal] })
      if (end === 'aborted') throw failed('its signal was aborted')
      const failure = parts.commitGate.takeFailure(commits)
      if (failure !== undefined) throw failure.error ?? failed('a test asked for it')
      if (commits.some(({ lease }) => !lease.isLive)) {
        throw fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group: options.group, reason: 'the lease ended meanwhile' })
      }
      parts.store(member, commits)
    },
    leave() {
      leaving ??= parts.leave(member)
      return leaving
    },
  }
  return member
}

function refuseEnded(commits: readonly LeaseCommit[]): void {
  for (const { lease } of commits) {
    if (!lease.isLive) {
      throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: lease.topic, partition: lease.partition })
    }
  }
}
