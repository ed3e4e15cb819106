/** Lets steps happen to a broker of their own, one after the other, and audits it. The same steps and seed do the same again. */
import { on } from '@millrace/broker'
import { audit, stagedOffsetOf } from './audit.js'
import { GroupModel, groupId } from './group.js'
import { GroupMember } from './group-member.js'
import { topic } from './read-log.js'
import { Reader } from './reader.js'
import { memberCount, partitions, type Step, writerCount } from './step.js'
import { claim } from './violation.js'
import { archivePartition, createWorld, type World } from './world.js'
import { offsetsGroup, Writer } from './writer.js'

const heldMs = 1_000

interface Cast {
  readonly world: World
  readonly writers: readonly Writer[]
  readonly readers: readonly Reader[]
  readonly members: readonly GroupMember[]
  readonly group: GroupModel
}

/** Throws a Violation for what no broker may do. */
export async function playSteps(steps: readonly Step[], seed: number): Promise<void> {
  const world = await createWorld(seed)
  const defects: unknown[] = []
  world.broker.events.subscribe((event) => {
    if (event.kind === 'request.failed') defects.push(event.error)
  })
  try {
    const cast = castOf(world)
    await lookForNothing(world)
    for (const step of steps) {
      await play(step, cast)
      for (const each of [...cast.members, ...cast.readers]) each.check()
      claim(defects.length === 0, () => `a defect of the broker: ${String(defects[0])}`)
    }
    await endPlay(cast)
  } finally {
    await world.close()
  }
}

function castOf(world: World): Cast {
  const group = new GroupModel()
  const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
  return {
    world,
    group,
    // The first one is idempotent only.
    writers: indexes(writerCount).map((slot) => new Writer(world, slot, slot > 0)),
    readers: indexes(2 * partitions).map((index) => new Reader(world, index >> 1, index % 2 === 1)),
    members: indexes(memberCount).map((slot) => new GroupMember(world, group, slot)),
  }
}

/** Everything that is open comes to its end, then it is looked at from all sides. */
async function endPlay(cast: Cast): Promise<void> {
  const { world, writers, readers, members, group } = cast
  // Markers are held for a second at most.
  await world.clock.advance(heldMs + 100)
  await audit(world, readers)
  world.broker.faults.clear()
  for (const writer of writers) await writer.end(true)
  await world.clock.advance(30_000)
  for (const each of [...members, ...readers]) each.check()
  claim(!readers.some(({ isPolling }) => isPolling), 'a waiting fetch was never answered')
  for (const reader of readers) for (let times = 0; times < 2; times += 1) await reader.read(1_000_000)
  await audit(world, readers)
  await checkOffsets(cast)
  for (let partition = 0; partition < partitions; partition += 1)
    group.fetched(partition, await committedOf(world, groupId, partition))
}

async function play(step: Step, cast: Cast): Promise<void> {
  if ('writer' in step) return playWriter(step, cast.writers[step.writer])
  if ('reader' in step) return playReader(step, cast.readers[step.reader])
  if ('member' in step) return playMember(step, cast.members[step.member])
  return playBroker(step, cast)
}

type WriterStep = Extract<Step, { writer: number }>
type ReaderStep = Extract<Step, { reader: number }>
type MemberStep = Extract<Step, { member: number }>
/** What concerns more than one client, or the broker itself. */
type BrokerStep = Exclude<Step, WriterStep | ReaderStep | MemberStep>

function playWriter(step: WriterStep, writer: Writer | undefined): Promise<void> | undefined {
  switch (step.do) {
    case 'write':
      return writer?.write(step.partition, step.count)
    case 'touch':
    case 'skip':
    case 'haunt':
      return writer?.[step.do](step.partition)
    case 'repeat':
      return writer?.repeat(step.partition, step.back)
    case 'stage':
      return writer?.stageOffset(BigInt(step.offset))
    case 'end':
      return writer?.end(step.commit)
    case 'take over':
      return writer?.takeOver()
    case 'recover':
      return writer?.recover()
  }
}

const playReader = (step: ReaderStep, reader: Reader | undefined): Promise<void> | undefined =>
  step.do === 'read' ? reader?.read(step.maxBytes) : reader?.poll()

const playMember = (step: MemberStep, member: GroupMember | undefined): Promise<void> | undefined =>
  step.do === 'commit' ? member?.commit(step.partition, step.back) : member?.[step.do]()

async function playBroker(step: BrokerStep, cast: Cast): Promise<void> {
  const { world, members, group } = cast
  switch (step.do) {
    case 'rebalance all':
      for (const each of members) await each.heartbeat()
      for (const each of members) await each.join()
      await world.clock.advance(1)
      for (const each of members) await each.sync()
      return
    case 'look at offsets':
      return checkOffsets(cast)
    case 'wait':
      return world.clock.advance(step.ms)
    case 'delete records':
      return deleteRecords(world, step.partition, step.percent)
    case 'restart':
      await world.broker.restart()
      group.restarted()
      return
    case 'disconnect':
      world.broker.disconnect()
      return world.clock.settle()
    case 'force rebalance':
      world.broker.forceRebalance(groupId)
      return
    case 'expire leader':
      world.broker.expireMember(groupId)
      return
    case 'fault':
      return addFault(step, world)
  }
}

const ofGroups: readonly string[] = ['OffsetCommit', 'JoinGroup', 'SyncGroup', 'Heartbeat']
const errors = { Produce: 'NOT_LEADER_OR_FOLLOWER', Fetch: 'NOT_LEADER_OR_FOLLOWER' } as const

function addFault({ api, how, nth }: Extract<Step, { do: 'fault' }>, world: World): void {
  const { broker } = world
  const match = on(api).nth(nth)
  const isOfGroup = ofGroups.includes(api)
  const error = api in errors ? errors[api as keyof typeof errors] : 'COORDINATOR_LOAD_IN_PROGRESS'
  if (api === 'Fetch' && how === 'late') world.isLate = true
  if (how === 'error') broker.faults.add(match.error(error))
  else if (how === 'held') broker.faults.add(on('EndTxn').nth(nth).holdMarkers(heldMs))
  // Members of a group hear of things in their order: an answer that is late would be told of a generation that is over.
  else if (how === 'late') broker.faults.add(isOfGroup ? match.dropAnswer() : match.delayAnswer('1s'))
  else broker.faults.add(match[how]())
}

async function deleteRecords(world: World, partition: number, percent: number): Promise<void> {
  await archivePartition(world, partition)
  const start = world.starts[partition] ?? 0n
  const end = world.broker.inspect.log(topic, partition).endOffset
  const offset = start + ((end - start) * BigInt(percent)) / 100n
  const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }]
  const answer = await world.auditor.ask('DeleteRecords', 1, { topics, timeoutMs: 1_000 })
  claim(answer !== 'lost', 'DeleteRecords was not answered')
  const told = answer.topics[0]?.partitions[0]
  claim(
    told?.errorCode === 0 && told.lowWatermark === offset,
    `DeleteRecords to ${offset} moved the start of ${partition} to ${told?.lowWatermark}`,
  )
  world.starts[partition] = offset
}

/** The offsets of transactions: of those that are committed, and not yet of those that are open. */
async function checkOffsets({ world, writers }: Cast): Promise<void> {
  // Where EndTxn was answered, its markers may still be due, or held for a second.
  await world.clock.advance(heldMs + 100)
  for (const { name, offsetPartition, transaction } of writers) {
    const own = world.transactions.filter(({ writer }) => writer === name)
    const isExpired = transaction !== undefined && world.broker.inspect.transaction(name)?.status !== 'Ongoing'
    const expected = stagedOffsetOf(own)
    const found = await committedOf(world, offsetsGroup, offsetPartition)
    claim(expected === undefined || found === expected, `the offset of ${name} is ${found} instead of ${expected}`)
    const stable = await committedOf(world, offsetsGroup, offsetPartition, true)
    const isPending = transaction?.staged !== undefined && !isExpired
    claim(
      stable === (isPending ? 'unstable' : found),
      `the stable offset of ${name} is ${stable}, ${isPending ? 'pending' : found}`,
    )
  }
}

async function committedOf(world: World, group: string, partition: number): Promise<bigint>
async function committedOf(world: World, group: string, partition: number, stable: true): Promise<bigint | 'unstable'>
async function committedOf(
  { auditor }: World,
  group: string,
  partition: number,
  requireStable = false,
): Promise<bigint | 'unstable'> {
  for (;;) {
    const topics = [{ name: topic, partitionIndexes: [partition] }]
    const answer = await auditor.ask('OffsetFetch', 7, { groupId: group, topics, requireStable })
    if (answer === 'lost') continue
    const found = answer.topics[0]?.partitions[0]
    if (found?.errorCode === 88) return 'unstable'
    claim(
      answer.errorCode === 0 && found?.errorCode === 0,
      `OffsetFetch of ${group} was answered ${found?.errorCode ?? answer.errorCode}`,
    )
    return found.committedOffset
  }
}

/** A group that nobody has heard of has no offsets, which is not the offset 0. */
async function lookForNothing(world: World): Promise<void> {
  const found = await committedOf(world, 'nobody', 0)
  claim(found === -1n, `a group that does not exist is committed at ${found}`)
}
