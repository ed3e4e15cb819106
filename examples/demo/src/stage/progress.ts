import { setTimeout as wait } from 'node:timers/promises'
import type { DemoKafka } from './kafka.js'
import type { Service } from './service.js'

type Admin = Pick<DemoKafka, 'admin'>

const limitMs = 90_000
const pollMs = 200

/** A group without a committed offset on a partition has all of it before itself. */
async function lagOf({ admin }: Admin, group: string, topic: string): Promise<bigint> {
  const ends = await admin.endOffsets(topic)
  const committed = await committedOf({ admin }, group, topic)
  return [...ends].reduce((sum, [partition, end]) => sum + end - (committed.get(partition) ?? 0n), 0n)
}

/** The next offset of a group by partition. */
export async function committedOf(
  { admin }: Admin,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint>> {
  const all = await admin.committed(group)
  return new Map(all.filter((one) => one.topic === topic).map(({ partition, offset }) => [partition, offset]))
}

/** The groups of a part of the demo, each with the topics that it reads. */
export type Groups = readonly (readonly [group: string, topic: string])[]

export async function lagsOf(kafka: Admin, groups: Groups): Promise<ReadonlyMap<string, bigint>> {
  const lags = new Map<string, bigint>()
  for (const [group, topic] of groups) lags.set(group, (lags.get(group) ?? 0n) + (await lagOf(kafka, group, topic)))
  return lags
}

/**
 * Waits until every group has committed the end of its topics, or the limit has passed: the verdict then shows the lag that is
 * left. Rejects when one of the services that have to do it ends.
 */
export async function caughtUp(
  kafka: Admin,
  groups: Groups,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  const ends = services.map(async ({ name, exited }, index) => {
    const how = await exited
    throw new Error(`${name} ended too early, by ${how}: ${services[index]?.stray ?? ''}`)
  })
  await Promise.race([...ends, reachedEnds(kafka, groups, signal)])
}

async function reachedEnds(kafka: Admin, groups: Groups, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  while (performance.now() < deadlineMs) {
    const lags = await lagsOf(kafka, groups)
    if ([...lags.values()].every((lag) => lag === 0n)) return
    await wait(pollMs, undefined, { signal })
  }
}
