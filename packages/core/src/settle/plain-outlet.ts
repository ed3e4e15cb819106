import { fail, isMillraceError } from '../millrace-error.js'
import type { Events } from '../observe/events.js'
import { orAborted } from '../observe/or-aborted.js'
import type { OutgoingRecord, Sender } from '../produce/sender.js'
import type { Commit } from './joint-commit.js'
import { judgeSend } from './judge-send.js'
import type { Outflow, Outlet } from './outlet.js'

export interface PlainOutletParts {
  readonly group: string
  readonly sender: Sender
  readonly commit: Commit
  readonly events: Events
  /** Of all leases of the group. */
  readonly counts: { stored: number; failed: number; lost: number }
}

interface SentOutput {
  readonly record: OutgoingRecord
  readonly sending: Promise<unknown>
}

/**
 * Of one lease: its outputs first, then the offsets of their records: at least once. A crash in between makes the outputs once more; a commit
 * that fails does not, for what is acknowledged is not sent again. Behind an output that has to be sent again it is, within
 * one topic: a stretch is repeated there, and the last value of a key stays the last.
 */
export function createPlainOutlet({ group, sender, commit, events, counts }: PlainOutletParts): Outlet {
  const acknowledged = new WeakSet<OutgoingRecord>()
  let current: readonly SentOutput[] = []

  /** Only a failure asks which: as long as all goes well, nothing is kept of a record. Never rejects. */
  const noteAcknowledged = async (sent: readonly SentOutput[]): Promise<void> => {
    const repeated = new Set<string>()
    for (const { record, sending } of sent) {
      const fault = await sending.then(() => undefined, judgeSend)
      if (sent !== current) return // the next try has begun: its answers count
      // One that is refused for what it is does not go again, so nothing behind it has to.
      if (fault === undefined && !repeated.has(record.topic)) acknowledged.add(record)
      else if (fault === 'topic' || fault === 'transaction') repeated.add(record.topic)
    }
  }

  return {
    counts,
    begin(): Outflow {
      const sent: SentOutput[] = []
      current = sent
      return {
        send(record) {
          if (acknowledged.has(record)) return Promise.resolve()
          const sending = sender.send(record)
          sent.push({ record, sending })
          return sending
        },
        async commit(offsets, signal) {
          try {
            await orAborted(Promise.all(sent.map(({ sending }) => sending)), signal)
            await orAborted(commit(offsets, signal), signal)
          } catch (error) {
            void noteAcknowledged(sent)
            const reason = 'its lease ended before its outputs were stored'
            throw signal.aborted ? fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason }) : error
          }
        },
        // What the sender has taken runs its course; what is not acknowledged by the next time is sent again.
        async abort() {
          void noteAcknowledged(sent)
        },
      }
    },
    judge: (error) => (isRefused(error) ? 'fenced' : 'aborted'),
    stored({ partitions, records }) {
      counts.stored += 1
      events.emit({ name: 'commit.done', group, partitions, records })
    },
    failed(error) {
      counts.failed += 1
      events.emit({ name: 'commit.failed', group, error })
    },
    lost(error) {
      counts.lost += 1
      events.emit({ name: 'commit.refused', group, error })
    },
  }
}

const isRefused = (error: Error): boolean =>
  isMillraceError(error, 'MILLRACE_DRIVER_COMMIT_REFUSED') || isMillraceError(error, 'MILLRACE_DRIVER_LEASE_ENDED')
