import { fail } from '../millrace-error.js'
import type { OperatorVerb, PartitionSelection, SeekTo, SoughtPartition, WorkerControl } from '../observe/control.js'
import type { Events } from '../observe/events.js'
import { errorFrom } from '../observe/thrown.js'
import type { Lease } from '../receive/driver.js'
import type { LeasedPartition } from '../receive/leased-partition.js'
import { findTargets } from './find-targets.js'
import type { GroupAtWork } from './group-at-work.js'
import { nameOfPartition, type Selected, selectPartitions, unknown } from './select-partitions.js'

export interface WorkerControlParts {
  /** None while the worker does not run. */
  readonly groups: () => readonly GroupAtWork[]
  readonly events: Events
}

export function createWorkerControl({ groups, events }: WorkerControlParts): WorkerControl {
  const seeking = new Set<Lease>()

  const note = (verb: OperatorVerb, facts: Readonly<Record<string, unknown>>, by: string, error?: Error): void =>
    events.emit({ name: 'operator.acted', verb, by, facts, ...(error === undefined ? {} : { error }) })

  /** Whatever becomes of an act, it is told. */
  function acted<Result>(
    verb: OperatorVerb,
    facts: Readonly<Record<string, unknown>>,
    by: string,
    act: () => Result,
  ): Result {
    try {
      const result = act()
      note(verb, { ...facts, done: result }, by)
      return result
    } catch (thrown) {
      note(verb, facts, by, errorFrom(thrown))
      throw thrown
    }
  }

  async function seek(which: PartitionSelection & { readonly topic: string }, to: SeekTo, signal: AbortSignal) {
    const { group, partitions } = selectPartitions(groups(), which)
    assertSeekable({ group, partitions }, which, to, seeking)
    for (const { lease } of partitions) seeking.add(lease)
    try {
      const targets = await findTargets(group, partitions, to, signal)
      return await seekAll(group, partitions, targets)
    } finally {
      for (const { lease } of partitions) seeking.delete(lease)
    }
  }

  return {
    note,
    pause: (which, by) => acted('pause', { ...which }, by, () => pausePartitions(groups(), which)),
    resume: (which, by) => acted('resume', { ...which }, by, () => resumePartitions(groups(), which)),
    async seek(which, to, by, signal = new AbortController().signal) {
      const facts = { ...which, to }
      try {
        const done = await seek(which, to, signal)
        note('seek', { ...facts, done }, by)
        return done
      } catch (thrown) {
        note('seek', facts, by, errorFrom(thrown))
        throw thrown
      }
    },
  }
}

function pausePartitions(groups: readonly GroupAtWork[], which: PartitionSelection): readonly string[] {
  const { group, partitions } = selectPartitions(groups, which)
  group.member.paused.pause(which)
  for (const partition of partitions) partition.pauseFor('operator')
  return partitions.map(({ source }) => nameOfPartition(source))
}

function resumePartitions(
  groups: readonly GroupAtWork[],
  { brake, ...selection }: Parameters<WorkerControl['resume']>[0],
): readonly string[] {
  const { group, partitions } = selectPartitions(groups, selection)
  const wider = group.member.paused.resume(selection)
  if (wider !== undefined) {
    const reason = `it is paused with ${JSON.stringify(wider)}, and only that can be resumed`
    throw fail('MILLRACE_CONTROL_CONFLICT', { what: 'resume', reason })
  }
  for (const partition of partitions) {
    if (brake === 'release') partition.brake?.letGo()
    if (!group.member.paused.has(partition.source)) partition.resumeFrom('operator')
  }
  return partitions.map(({ source }) => nameOfPartition(source))
}

function assertSeekable(
  { group, partitions }: Selected,
  { topic, partition }: PartitionSelection & { readonly topic: string },
  to: SeekTo,
  seeking: ReadonlySet<Lease>,
): void {
  if (typeof to === 'object' && 'offset' in to && partition === undefined) {
    const problem = 'is that of one partition, and none is named'
    const fix = 'name the partition, or seek to a timestamp, earliest or latest'
    throw fail('MILLRACE_CONTROL_INVALID', { problems: [{ where: 'offset', problem, fix }] })
  }
  if (partitions.length === 0) {
    const known = [...group.member.partitions.keys()].map(nameOfPartition)
    throw unknown(partition === undefined ? `partition of "${topic}"` : `partition ${topic}[${partition}]`, known)
  }
  const conflict = (reason: string): Error => fail('MILLRACE_CONTROL_CONFLICT', { what: 'seek', reason })
  if (partitions.some(({ parts }) => parts.handler.delivery === 'exactly-once'))
    throw conflict(
      `"${topic}" is read exactly once: its outputs are committed with its offsets, and reading it again would write them twice`,
    )
  const busy = partitions
    .filter(({ lease, state }) => seeking.has(lease) || state !== 'open')
    .map(({ source }) => source)
  if (busy.length > 0) throw conflict(`${busy.map(nameOfPartition).join(', ')} is on its way somewhere else`)
}

/** Each by itself, whatever becomes of the others; then the first failure is told. */
async function seekAll(
  { member }: GroupAtWork,
  partitions: readonly LeasedPartition[],
  targets: ReadonlyMap<Lease, bigint>,
): Promise<readonly SoughtPartition[]> {
  const ends = await Promise.allSettled(
    partitions.map(async (partition): Promise<SoughtPartition> => {
      const { topic, partition: number } = partition.source
      const to = targets.get(partition.lease) ?? partition.watermark
      return { topic, partition: number, from: await member.seek(partition, to), to }
    }),
  )
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
}
