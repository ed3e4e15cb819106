import type { Lease, MemberEvents, MemberOptions } from '@millrace/core'
import { type GroupParts, ScriptedGroup } from './scripted-group.js'
import type { ScriptedMember } from './scripted-member.js'

/** The groups of a scripted driver. They come to exist when somebody joins or an offset is preset. */
export interface ScriptedGroups {
  join(options: MemberOptions, events: MemberEvents): ScriptedMember
  names(): readonly string[]
  named(name: string): ScriptedGroup
  /**
   * The group of that name, or the first that came to exist.
   * @throws Error when there is none: a slip of the test.
   */
  existing(name?: string): ScriptedGroup
  /** Topics that members have ever subscribed to; without a group, of all groups. */
  subscriptions(group?: string): readonly string[]
  /** The member that holds a lease, and its group; undefined when the lease has ended. */
  ownerOf(lease: Lease): { readonly group: ScriptedGroup; readonly member: ScriptedMember } | undefined
  /** One round: each lease gets at most one batch. Whether there was any. */
  handOver(batchRecords: number): boolean
}

export function createScriptedGroups(parts: Omit<GroupParts, 'name'>): ScriptedGroups {
  const groups = new Map<string, ScriptedGroup>()
  const subscribed = new Map<string, ReadonlySet<string>>()

  function named(name: string): ScriptedGroup {
    const found = groups.get(name)
    if (found !== undefined) return found
    const group = new ScriptedGroup({ ...parts, name })
    groups.set(name, group)
    return group
  }

  return {
    names: () => [...groups.keys()],
    named,
    join(options, events) {
      const { group, topics } = options
      subscribed.set(group, new Set([...(subscribed.get(group) ?? []), ...topics]))
      return named(group).join(options, events)
    },
    existing(name) {
      const group = name === undefined ? groups.values().next().value : groups.get(name)
      if (group === undefined) throw new Error(name === undefined ? 'no group has joined' : `no group "${name}"`)
      return group
    },
    subscriptions: (group) =>
      [...subscribed].filter(([name]) => group === undefined || name === group).flatMap(([, names]) => [...names]),
    ownerOf(lease) {
      if (!lease.isLive) return undefined
      for (const group of groups.values()) {
        const member = group.members.find((one) => one.owned(lease.topic, lease.partition) === lease)
        if (member !== undefined) return { group, member }
      }
      return undefined
    },
    handOver(batchRecords) {
      let isAny = false
      for (const { members } of groups.values()) {
        for (const member of members) if (!member.isLeaving && member.handOver(batchRecords)) isAny = true
      }
      return isAny
    },
  }
}
