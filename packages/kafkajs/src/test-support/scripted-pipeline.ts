import {
  type Driver,
  type DriverEvent,
  isMillraceError,
  type Lease,
  type Member,
  type MemberEvents,
  type MemberOptions,
  type ReceivedBatch,
} from '@millrace/core'

export interface PipelineOptions {
  /** Runs for each record, in order per lease. Default: nothing, at once. */
  readonly handle?: (record: HandledRecord) => Promise<void> | void
  readonly onAssigned?: (leases: readonly Lease[]) => Promise<void> | void
  /** Instead of finishing the running record and committing. */
  readonly onRevoked?: (leases: readonly Lease[], reason: { readonly lost: boolean }) => Promise<void> | void
  readonly commitEveryMs?: number
}

export interface HandledRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly value: string
}

interface Work {
  readonly lease: Lease
  readonly queue: HandledRecord[]
  /** What was taken out of the queue, the next record last: taking one from the front of a long array copies the rest. */
  next: HandledRecord[]
  watermark: bigint
  committed: bigint
  running: Promise<void> | undefined
  isStopped: boolean
}

const held = ({ queue, next }: Work): number => queue.length + next.length

const HIGH_MARK = 500
const LOW_MARK = 250

export const memberOptions = (
  group: string,
  topics: readonly string[],
  over: Partial<MemberOptions> = {},
): MemberOptions => ({
  group,
  topics,
  sessionTimeoutMs: 15_000,
  heartbeatIntervalMs: 200,
  rebalanceTimeoutMs: 30_000,
  revokeDrainMs: 20_000,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1024 * 1024,
  ...over,
})

/** The least pipeline that keeps the rules of the port: one lane per lease, watermark, commits by timer and inside the drain. */
export class ScriptedPipeline {
  readonly handled: HandledRecord[] = []
  readonly batches: { readonly lease: Lease; readonly batch: ReceivedBatch }[] = []
  readonly events: DriverEvent[] = []
  readonly assignments: { readonly leases: readonly Lease[]; readonly generation: number }[] = []
  readonly revocations: { readonly leases: readonly Lease[]; readonly lost: boolean }[] = []
  readonly fatal: Error[] = []
  readonly commitErrors: unknown[] = []
  readonly member: Member
  readonly #options: PipelineOptions
  readonly #work = new Map<Lease, Work>()
  readonly #waiters = new Set<() => void>()
  readonly #commits: NodeJS.Timeout
  readonly #over = new AbortController()

  constructor(driver: Driver, member: MemberOptions, options: PipelineOptions = {}) {
    this.#options = options
    this.#commits = setInterval(() => void this.commit(), options.commitEveryMs ?? 100)
    const events: MemberEvents = {
      onAssigned: async (leases, generation) => {
        for (const lease of leases) this.#begin(lease)
        this.assignments.push({ leases, generation })
        await options.onAssigned?.(leases)
        this.#changed()
      },
      onRevoked: async (leases, reason) => {
        await (options.onRevoked?.(leases, reason) ?? this.#drain(leases, reason))
        this.revocations.push({ leases, lost: reason.lost })
        this.#changed()
      },
      onRecords: (lease, batch) => this.#receive(lease, batch),
      onEvent: (event) => {
        this.events.push(event)
        this.#changed()
      },
      onFatal: (error) => {
        this.fatal.push(error)
        this.#changed()
      },
    }
    this.member = driver.join(member, events)
  }

  get leases(): readonly Lease[] {
    return [...this.#work.keys()].filter(({ isLive }) => isLive)
  }

  /** Resolves when the condition holds; looked at after each call of the driver and each handled record. */
  async when(what: string, condition: (pipeline: this) => boolean, limitMs = 30_000): Promise<void> {
    if (condition(this)) return
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!condition(this)) return
        clearTimeout(timer)
        this.#waiters.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(look)
        reject(new Error(`not within ${limitMs} ms: ${what}; fatal: ${this.fatal.map(String).join()}`))
      }, limitMs)
      this.#waiters.add(look)
    })
  }

  /** Commits every watermark that moved. */
  async commit(): Promise<void> {
    const moved = [...this.#work.values()].filter((work) => work.lease.isLive && work.watermark > work.committed)
    if (moved.length === 0) return
    const commits = moved.map(({ lease, watermark }) => ({ lease, offset: watermark }))
    try {
      await this.member.commit(commits, this.#over.signal)
      moved.forEach((work, index) => (work.committed = commits[index]?.offset ?? work.committed))
    } catch (error) {
      if (!isMillraceError(error, 'MILLRACE_DRIVER_LEASE_ENDED')) this.commitErrors.push(error)
    }
  }

  async leave(): Promise<void> {
    await this.member.leave()
    clearInterval(this.#commits)
    this.#over.abort()
  }

  #begin(lease: Lease): void {
    const start = lease.startOffset
    this.#work.set(lease, {
      lease,
      queue: [],
      next: [],
      watermark: start,
      committed: start,
      running: undefined,
      isStopped: false,
    })
  }

  #receive(lease: Lease, batch: ReceivedBatch): void {
    this.batches.push({ lease, batch })
    const work = this.#work.get(lease)
    if (work === undefined || work.isStopped || !lease.isLive) throw new Error('records outside of a lease')
    for (const { offsetDelta, value } of batch.records) {
      const offset = batch.baseOffset + BigInt(offsetDelta)
      work.queue.push({ topic: lease.topic, partition: lease.partition, offset, value: value?.toString() ?? '' })
    }
    if (held(work) > HIGH_MARK) lease.pause()
    if (batch.records.length === 0 && held(work) === 0) work.watermark = batch.nextOffset
    work.running ??= this.#run(work).finally(() => (work.running = undefined))
    this.#changed()
  }

  async #run(work: Work): Promise<void> {
    for (;;) {
      if (work.next.length === 0) work.next = work.queue.splice(0).toReversed()
      const record = work.next.at(-1)
      if (record === undefined || work.isStopped) return
      const done = this.#options.handle?.(record)
      if (done !== undefined) await done
      if (!work.lease.isLive) return
      this.handled.push(record)
      work.next.pop()
      work.watermark = record.offset + 1n
      if (held(work) === LOW_MARK) work.lease.resume()
      this.#changed()
    }
  }

  async #drain(leases: readonly Lease[], { lost }: { readonly lost: boolean }): Promise<void> {
    const works = leases.flatMap((lease) => this.#work.get(lease) ?? [])
    for (const work of works) work.isStopped = true
    await Promise.all(works.map(async ({ running }) => running))
    if (!lost) await this.commit()
  }

  #changed(): void {
    for (const look of this.#waiters) look()
  }
}
