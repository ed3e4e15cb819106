/** Groups of a script that have to be in a state before it begins. Nothing of it is written down. */
import { heartbeatOf, joinOf, syncOf } from './request-bodies.js'
import type { Client, Stage } from './stage.js'

export interface ScriptedMember {
  readonly client: Client
  readonly member: string
  readonly generation: number
}

interface Join {
  readonly sessionMs?: number
  readonly rebalanceMs?: number
  readonly instance?: string | null
  readonly metadata?: string | Buffer
  readonly protocols?: readonly string[]
}

/** Asks for an id (79), which static members don't need. */
export async function memberId(client: Client, groupId: string, join: Join = {}): Promise<string> {
  return (await client.quietly('JoinGroup', 5, joinOf(groupId, join))).memberId
}

/** A group of one member: it has joined and is leader, nobody has synced. */
export async function joinedAlone(stage: Stage, groupId: string, join: Join = {}): Promise<ScriptedMember> {
  const client = await stage.client('a')
  const first = await client.quietly('JoinGroup', 5, joinOf(groupId, join))
  if (first.errorCode === 0) return { client, member: first.memberId, generation: first.generationId }
  const joined = await client.quietly('JoinGroup', 5, joinOf(groupId, { ...join, member: first.memberId }))
  return { client, member: joined.memberId, generation: joined.generationId }
}

/** A stable group of one member with the assignment `all`. */
export async function stableAlone(stage: Stage, groupId: string, join: Join = {}): Promise<ScriptedMember> {
  const alone = await joinedAlone(stage, groupId, join)
  await alone.client.quietly(
    'SyncGroup',
    3,
    syncOf(groupId, { ...alone, instance: join.instance ?? null }, { [alone.member]: 'all' }),
  )
  return alone
}

/** Two members that have joined, the first one is leader. Nobody has synced. */
export async function joinedPair(
  stage: Stage,
  groupId: string,
  joins: readonly [Join, Join] = [{}, {}],
): Promise<readonly [ScriptedMember, ScriptedMember]> {
  const a = await joinedAlone(stage, groupId, joins[0])
  await a.client.quietly(
    'SyncGroup',
    3,
    syncOf(groupId, { ...a, instance: joins[0].instance ?? null }, { [a.member]: 'all' }),
  )
  const client = await stage.client('b')
  const { instance = null } = joins[1]
  const member = instance === null ? await memberId(client, groupId, joins[1]) : ''
  const joiningB = client.quietly('JoinGroup', 5, joinOf(groupId, { ...joins[1], member }))
  await untilRebalancing(a, groupId, joins[0].instance ?? null)
  const again = await a.client.quietly('JoinGroup', 5, joinOf(groupId, { ...joins[0], member: a.member }))
  const joinedB = await joiningB
  return [
    { client: a.client, member: a.member, generation: again.generationId },
    { client, member: joinedB.memberId, generation: joinedB.generationId },
  ]
}

/** The same, and both have their assignments: `one` and `two`. */
export async function stablePair(
  stage: Stage,
  groupId: string,
  joins: readonly [Join, Join] = [{}, {}],
): Promise<readonly [ScriptedMember, ScriptedMember]> {
  const [a, b] = await joinedPair(stage, groupId, joins)
  const assignments = { [a.member]: 'one', [b.member]: 'two' }
  await a.client.quietly('SyncGroup', 3, syncOf(groupId, { ...a, instance: joins[0].instance ?? null }, assignments))
  await b.client.quietly('SyncGroup', 3, syncOf(groupId, { ...b, instance: joins[1].instance ?? null }))
  return [a, b]
}

/** Waits for a member to be told of a rebalance: code 27. */
export async function untilRebalancing(
  { client, member, generation }: ScriptedMember,
  groupId: string,
  instance: string | null = null,
): Promise<void> {
  const rebalanceInProgress = 27
  for (let tries = 0; tries < 500; tries += 1) {
    const { errorCode } = await client.quietly('Heartbeat', 3, heartbeatOf(groupId, { member, generation, instance }))
    if (errorCode === rebalanceInProgress) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${groupId} does not rebalance`)
}
