import { claim } from './violation.js'
import { partitionCount } from './world.js'

export const groupId = 'members'

/** What members of one group are told must fit together, whoever is told it: one leader, one owner of a partition, per generation. */
export class GroupModel {
  #latest = 0
  readonly #leaders = new Map<number, string>()
  readonly #owners = new Map<number, Map<number, string>>()
  /** By generation, what leaders said: not all of it arrived, and an assignment is not to be invented. */
  readonly #said = new Map<number, ReadonlyMap<string, string>[]>()
  /** By partition, what may be committed: one value, or two where an answer was lost. */
  readonly committed = new Map<number, Set<bigint>>()

  get latest(): number {
    return this.#latest
  }

  joined(
    generation: number,
    leaderId: string,
    memberId: string,
    members: readonly { readonly memberId: string }[],
  ): void {
    const leader = this.#leaders.get(generation) ?? leaderId
    claim(leader === leaderId, `generation ${generation} has two leaders: ${leader} and ${leaderId}`)
    // One that joins again in a stable generation is told of it again; else nothing goes back.
    claim(
      generation >= this.#latest,
      `${memberId} was led into generation ${generation} after ${this.#latest} had begun`,
    )
    claim(
      (leaderId === memberId) === members.length > 0,
      `${memberId} of generation ${generation} was told of ${members.length} members`,
    )
    claim(
      members.length === 0 || members.some((member) => member.memberId === memberId),
      `the leader ${memberId} is not among its members`,
    )
    this.#leaders.set(generation, leaderId)
    this.#latest = generation
  }

  /** The leader is about to say this. */
  assigning(generation: number, assignments: ReadonlyMap<string, string>): void {
    this.#said.set(generation, [...(this.#said.get(generation) ?? []), assignments])
  }

  /** A broker remembers the generations that were synced, as Kafka does: any other may begin once more. */
  restarted(): void {
    this.#latest = 0
    this.#leaders.clear()
    this.#owners.clear()
  }

  synced(generation: number, memberId: string, assignment: string): void {
    const said = this.#said.get(generation) ?? []
    const fitting = said.filter((assignments) => (assignments.get(memberId) ?? '') === assignment)
    claim(fitting.length > 0, `${memberId} got [${assignment}] in generation ${generation}, which no leader said`)
    this.#said.set(generation, fitting)
    const owners = this.#owners.get(generation) ?? new Map<number, string>()
    this.#owners.set(generation, owners)
    for (const partition of partitionsIn(assignment)) {
      const owner = owners.get(partition) ?? memberId
      claim(
        owner === memberId,
        `partition ${partition} has two owners in generation ${generation}: ${owner} and ${memberId}`,
      )
      owners.set(partition, memberId)
    }
  }

  /**
   * `code` undefined: the answer was lost. Current members may commit while they are asked to join again, and not between join and
   * sync, when they may not know yet what they lost.
   */
  committing(
    {
      generation,
      partition,
      offset,
    }: { readonly generation: number; readonly partition: number; readonly offset: bigint },
    group: { readonly isCurrent: boolean; readonly phase: string },
    code: number | undefined,
  ): void {
    const expected = group.isCurrent ? (group.phase === 'CompletingRebalance' ? 27 : 0) : undefined
    const isKnown = code !== undefined && code !== 14
    claim(
      !isKnown || expected === undefined || code === expected,
      `a commit of a member, ${group.phase}, was answered ${code}`,
    )
    claim(
      code !== 0 || group.isCurrent,
      `a commit of generation ${generation} was accepted from who is no member of ${this.#latest}`,
    )
    if (code === 0) this.committed.set(partition, new Set([offset]))
    else if (code === undefined) this.#mayBe(partition, offset)
  }

  fetched(partition: number, offset: bigint): void {
    const possible = this.#possible(partition)
    claim(
      possible.has(offset),
      `partition ${partition} is committed at ${offset} instead of ${[...possible].join(' or ')}`,
    )
    this.committed.set(partition, new Set([offset]))
  }

  #mayBe(partition: number, offset: bigint): void {
    this.committed.set(partition, new Set([...this.#possible(partition), offset]))
  }

  #possible(partition: number): ReadonlySet<bigint> {
    return this.committed.get(partition) ?? new Set([-1n])
  }
}

export const partitionsIn = (assignment: string): number[] =>
  assignment === '' ? [] : assignment.split(',').map(Number)

/** Every partition to one of the members, in turn. */
export function assignmentsFor(members: readonly { readonly memberId: string }[]): Map<string, string> {
  const all = Array.from({ length: partitionCount }, (_, partition) => partition)
  return new Map(
    members.map(({ memberId }, index) => [
      memberId,
      all.filter((partition) => partition % members.length === index).join(','),
    ]),
  )
}
