import type {
  Driver,
  DriverEvent,
  Lease,
  LeaseCommit,
  Member,
  MemberEvents,
  MemberOptions,
  RawRecord,
  ReceivedBatch,
} from '@millrace/core'

/** One call of the port. `at` counts the calls of all members of a rule, so that calls of two members have an order. */
export type PortCall = { readonly at: number } & (
  | { readonly kind: 'assigned' | 'assigned-done'; readonly leases: readonly Lease[]; readonly generation: number }
  | { readonly kind: 'revoked' | 'revoked-done'; readonly leases: readonly Lease[]; readonly lost: boolean }
  | { readonly kind: 'records'; readonly lease: Lease; readonly batch: ReceivedBatch }
  | { readonly kind: 'event'; readonly event: DriverEvent }
  | { readonly kind: 'fatal'; readonly error: Error }
)
export type CallOf<Kind extends PortCall['kind']> = PortCall & { readonly kind: Kind }

/** What a rule does in the place of a pipeline. Nothing, where it is left out. */
export interface MemberScript {
  readonly onAssigned?: ((leases: readonly Lease[], log: MemberLog) => Promise<void> | void) | undefined
  readonly onRevoked?:
    | ((leases: readonly Lease[], reason: { readonly lost: boolean }, log: MemberLog) => Promise<void> | void)
    | undefined
  readonly onRecords?: ((lease: Lease, batch: ReceivedBatch, log: MemberLog) => void) | undefined
}

export interface ReceivedRecord {
  readonly lease: Lease
  readonly offset: bigint
  readonly record: RawRecord
}

const never = new AbortController().signal

/** A member that writes down every call of the port, and when each was answered. */
export class MemberLog {
  readonly calls: PortCall[] = []
  readonly member: Member
  readonly options: MemberOptions
  readonly #now: () => number

  constructor(driver: Driver, options: MemberOptions, script: MemberScript, now: () => number) {
    this.options = options
    this.#now = now
    this.member = driver.join(options, this.#events(script))
  }

  all<Kind extends PortCall['kind']>(kind: Kind): CallOf<Kind>[] {
    return this.calls.filter((call): call is CallOf<Kind> => call.kind === kind)
  }

  /** The generation whose assignment was answered last. */
  get generation(): number | undefined {
    return this.all('assigned-done').at(-1)?.generation
  }

  /** Leases that were assigned and not revoked since, by what was said and not by what they say of themselves. */
  get leases(): readonly Lease[] {
    const gone = new Set(this.all('revoked').flatMap(({ leases }) => leases))
    return this.all('assigned-done')
      .flatMap(({ leases }) => leases)
      .filter((lease) => !gone.has(lease))
  }

  lease(partition: number, topic = this.options.topics[0]): Lease {
    const found = this.leases.find((one) => one.topic === topic && one.partition === partition)
    if (found === undefined) throw new Error(`the member has no lease of ${topic}[${partition}]; ${this.summary()}`)
    return found
  }

  batches(which: { readonly topic?: string; readonly partition?: number } = {}): CallOf<'records'>[] {
    const { topic, partition } = which
    return this.all('records').filter(
      ({ lease }) =>
        (topic === undefined || lease.topic === topic) && (partition === undefined || lease.partition === partition),
    )
  }

  records(which: { readonly topic?: string; readonly partition?: number } = {}): ReceivedRecord[] {
    return this.batches(which).flatMap(recordsOf)
  }

  values(which: { readonly topic?: string; readonly partition?: number } = {}): string[] {
    return this.records(which).map(({ record }) => String(record.value))
  }

  commit(...commits: readonly LeaseCommit[]): Promise<void> {
    return this.member.commit(commits, never)
  }

  events<Name extends DriverEvent['name']>(name: Name): Extract<DriverEvent, { name: Name }>[] {
    const all = this.all('event').map(({ event }) => event)
    return all.filter((event): event is Extract<DriverEvent, { name: Name }> => event.name === name)
  }

  /** The last calls, for a message. */
  summary(): string {
    const shown = this.calls.slice(-12).map(describeCall)
    return `calls of a member of "${this.options.group}": ${shown.length === 0 ? 'none' : shown.join(', ')}`
  }

  #events(script: MemberScript): MemberEvents {
    const said = (call: DistributiveOmit<PortCall, 'at'>): void => void this.calls.push({ ...call, at: this.#now() })
    return {
      onAssigned: async (leases, generation) => {
        said({ kind: 'assigned', leases, generation })
        await script.onAssigned?.(leases, this)
        said({ kind: 'assigned-done', leases, generation })
      },
      onRevoked: async (leases, { lost }) => {
        said({ kind: 'revoked', leases, lost })
        await script.onRevoked?.(leases, { lost }, this)
        said({ kind: 'revoked-done', leases, lost })
      },
      onRecords: (lease, batch) => {
        said({ kind: 'records', lease, batch })
        script.onRecords?.(lease, batch, this)
      },
      onEvent: (event) => said({ kind: 'event', event }),
      onFatal: (error) => said({ kind: 'fatal', error }),
    }
  }
}

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never

export const recordsOf = ({ lease, batch }: Pick<CallOf<'records'>, 'lease' | 'batch'>): ReceivedRecord[] =>
  batch.records.map((record) => ({ lease, offset: batch.baseOffset + BigInt(record.offsetDelta), record }))

const shownLeases = (leases: readonly Lease[]): string =>
  leases.map(({ topic, partition }) => `${topic}[${partition}]`).join(' ') || 'nothing'

function describeCall(call: PortCall): string {
  if (call.kind === 'records') {
    const { records, nextOffset } = call.batch
    return `${records.length} records of ${shownLeases([call.lease])} up to ${nextOffset}`
  }
  if (call.kind === 'event') return `event ${call.event.name}`
  if (call.kind === 'fatal') return `fatal ${call.error.message}`
  return `${call.kind} ${shownLeases(call.leases)}`
}
