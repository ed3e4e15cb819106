import type { LeaseEnd } from '@millrace/core'
import type { Announcement } from '@millrace/testing'

/** One lease of one worker, as the worker has told it. */
export interface Stint {
  readonly worker: string
  readonly partition: number
  readonly generation: number
  /** Where it began: what the group had committed then. */
  readonly startOffset: bigint
  /** When it began and ended, on the clock of the run lines. */
  readonly startedMs: number
  readonly endedMs: number | undefined
  /** Undefined while it goes on, and for ever where the worker was killed. */
  readonly ended: LeaseEnd | undefined
}

export interface ToldBy {
  readonly name: string
  readonly announcements: readonly Announcement[]
}

/** The leases of all workers, by partition and generation. */
export function stintsOf(workers: readonly ToldBy[]): readonly Stint[] {
  const stints = workers.flatMap(({ name, announcements }) => {
    const own = new Map<string, Stint>()
    for (const { signal, facts } of announcements) {
      const partition = Number(facts['partition'])
      const generation = Number(facts['generation'])
      const key = `${partition} ${generation}`
      const known = own.get(key)
      if (signal === 'lease.started') {
        const startOffset = BigInt(String(facts['offset']))
        const lease = { worker: name, partition, generation, startOffset, startedMs: momentOf(facts) }
        own.set(key, { ...lease, ended: undefined, endedMs: undefined })
      } else if (signal === 'lease.ended' && known !== undefined)
        own.set(key, { ...known, ended: endOf(facts['reason']), endedMs: momentOf(facts) })
    }
    return [...own.values()]
  })
  return stints.toSorted((a, b) => a.partition - b.partition || a.generation - b.generation)
}

/** The lease that took the partition over after this one; undefined while nobody has. */
export const nextStint = (stints: readonly Stint[], { partition, generation }: Stint): Stint | undefined =>
  stints.find((one) => one.partition === partition && one.generation > generation)

function momentOf({ atMs }: Announcement['facts']): number {
  if (typeof atMs !== 'number') throw new TypeError('a lease without a time')
  return atMs
}

const ends: readonly LeaseEnd[] = ['revoked', 'lost', 'shutdown', 'died']

function endOf(reason: unknown): LeaseEnd {
  const end = ends.find((one) => one === reason)
  if (end === undefined) throw new TypeError(`a lease can't end by ${String(reason)}`)
  return end
}
