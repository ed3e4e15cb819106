import type { GroupState, Member, MemberProtocol } from './group-state.js'

type Voters = Pick<GroupState, 'phase' | 'protocolType' | 'members'>

/** Whether a member with these protocols could be one of the group: same type, and one protocol that everybody speaks. */
export function supportsProtocols(group: Voters, type: string, protocols: readonly MemberProtocol[]): boolean {
  if (group.phase === 'Empty') return type !== '' && protocols.length > 0
  if (group.protocolType !== type) return false
  const common = commonProtocols(group.members)
  return protocols.some(({ name }) => group.members.size === 0 || common.has(name))
}

/** Every member votes for the first of its protocols that all support; most votes win. The group must have members. */
export function selectProtocol(members: ReadonlyMap<string, Member>): string | null {
  const candidates = commonProtocols(members)
  const votes = new Map<string, number>()
  for (const { protocols } of members.values()) {
    const choice = protocols.find(({ name }) => candidates.has(name))
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  let winner: string | null = null
  for (const name of inJavaHashOrder([...votes.keys()])) {
    if (winner === null || (votes.get(name) ?? 0) > (votes.get(winner) ?? 0)) winner = name
  }
  return winner
}

function commonProtocols(members: ReadonlyMap<string, Member>): Set<string> {
  const supporters = new Map<string, number>()
  for (const { protocols } of members.values()) {
    for (const { name } of protocols) supporters.set(name, (supporters.get(name) ?? 0) + 1)
  }
  return new Set([...supporters].filter(([, count]) => count === members.size).map(([name]) => name))
}

/** A tie goes to the name that comes first in a Java HashMap: with `range` and `roundrobin` that is visible to users. */
function inJavaHashOrder(names: readonly string[]): string[] {
  let buckets = 16
  while (names.length > buckets * 0.75) buckets *= 2
  const bucketOf = (name: string): number => {
    let hash = 0
    for (let i = 0; i < name.length; i += 1) hash = (Math.imul(31, hash) + name.charCodeAt(i)) | 0
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return names.toSorted((a, b) => bucketOf(a) - bucketOf(b))
}
