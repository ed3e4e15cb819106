import { fail, type Lease, type LeaseCommit } from '@millrace/core'

/** A lease as its process knows it. */
export class KnownLease implements Lease {
  isLive = true
  /** Batches of an older version were fetched before a seek. */
  version = 0
  readonly inner: Lease

  constructor(inner: Lease) {
    this.inner = inner
  }

  get topic(): string {
    return this.inner.topic
  }
  get partition(): number {
    return this.inner.partition
  }
  get epoch(): number {
    return this.inner.epoch
  }
  get startOffset(): bigint {
    return this.inner.startOffset
  }
  pause(): void {
    this.inner.pause()
  }
  resume(): void {
    this.inner.resume()
  }
  seek(offset: bigint): void {
    const { topic, partition, inner } = this
    if (!this.isLive) throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic, partition })
    this.version += 1
    if (inner.isLive) inner.seek(offset)
  }
}

/** The lease of the driver behind one that a process knows. */
export const innerOf = (lease: Lease): Lease => (lease instanceof KnownLease ? lease.inner : lease)

export const innerCommits = (commits: readonly LeaseCommit[]): readonly LeaseCommit[] =>
  commits.map((commit) => ({ ...commit, lease: innerOf(commit.lease) }))
