import type { Mutant } from './mutant.js'

const of = (
  name: string,
  file: string,
  search: string,
  replace: string,
  areas: readonly string[] = ['groups'],
): Mutant => ({
  name,
  file: `groups/${file}`,
  search,
  replace,
  areas,
  suites: ['groups'],
})

export const groupMutants: readonly Mutant[] = [
  of(
    'accepts a commit between join and sync',
    'membership.ts',
    'isBetweenJoinAndSync && !event.isTransactional ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE',
    'isBetweenJoinAndSync ? errorCode.NONE : errorCode.NONE',
    ['offsets'],
  ),
  of(
    'answers offset 0 for a group that does not exist',
    'fetch-offsets.ts',
    'if (offsets === undefined) return nothing',
    'if (offsets === undefined) return { ...nothing, committedOffset: 0n }',
    ['offsets'],
  ),
  of(
    'refuses a commit while members are joining',
    'membership.ts',
    "const isBetweenJoinAndSync = group.phase === 'CompletingRebalance'",
    "const isBetweenJoinAndSync = group.phase !== 'Stable'",
    ['offsets'],
  ),
  of(
    'lets members of an old generation commit',
    'membership.ts',
    'if (event.generation !== group.generation) return errorCode.ILLEGAL_GENERATION\n',
    '\n',
    ['offsets'],
  ),
  of(
    'takes commits from who is in no group while it has members',
    'membership.ts',
    "} else if (!event.isTransactional && group.phase !== 'Empty') {",
    '} else if (event.isTransactional && !event.isTransactional) {',
    ['offsets'],
  ),
  of(
    'tells members to join again between join and sync',
    'membership.ts',
    "judge(group, group.phase === 'PreparingRebalance' ?",
    "judge(group, group.phase !== 'Stable' ?",
  ),
  of('begins a generation without a new number', 'rebalance.ts', 'group.generation += 1', 'group.generation += 0'),
  of(
    'tells followers of all members',
    'rebalance.ts',
    'members: group.leaderId === member.memberId ? membersForLeader(group) : [],',
    'members: membersForLeader(group),',
  ),
  of(
    'forgets the assignment for who asks again',
    'sync.ts',
    'answer(group, event, errorCode.NONE, member.assignment)',
    'answer(group, event, errorCode.NONE, noAssignment)',
  ),
  of(
    'asks nobody to join again when a member leaves',
    'membership.ts',
    "if (!codes.includes(errorCode.NONE) || group.phase === 'Empty') return\n",
    'return\n',
  ),
  of(
    'keeps members that did not come to the barrier',
    'rebalance.ts',
    'if (member.joinRequest === null && member.groupInstanceId === null) drop(group, member)',
    'if (member.joinRequest === null && group.generation < 0) drop(group, member)',
  ),
  of(
    'never ends a session',
    'group-machine.ts',
    'if (sessionEndsAt <= now) due.push',
    'if (sessionEndsAt < 0) due.push',
  ),
  of(
    'gives out no ids before the first join',
    'join.ts',
    '} else if (event.needsKnownId) {',
    '} else if (event.memberId !== event.memberId) {',
  ),
  of(
    'makes everybody join again when a static member is back',
    'join.ts',
    '} else if (selectProtocol(group.members) !== group.protocolName) {',
    '} else if (selectProtocol(group.members) !== null) {',
    ['static-members'],
  ),
  of(
    'loses the generation in a restart',
    'reloaded-group.ts',
    "previousPhase: 'Dead',",
    "previousPhase: 'Dead',\n    generation: 0,",
  ),
  of(
    'shows unstable offsets to who asks for stable ones',
    'fetch-offsets.ts',
    'if (requireStable && ',
    'if (!requireStable && requireStable && ',
    ['transactional-offsets'],
  ),
]
