/** A member of the one group: out, then joining, then joined with a generation, then syncing, then stable. Joins and syncs wait for others. */
import { errorCode } from '@millrace/broker/protocol'
import { assignmentsFor, groupId, type GroupModel, partitionsIn } from './group.js'
import type { Answered, Link, Lost } from './link.js'
import { topic } from './read-log.js'
import { claim } from './violation.js'
import type { World } from './world.js'

const timeouts = { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 9_000 }
const outCodes: readonly number[] = [
  errorCode.ILLEGAL_GENERATION,
  errorCode.UNKNOWN_MEMBER_ID,
  errorCode.REBALANCE_IN_PROGRESS,
  errorCode.FENCED_INSTANCE_ID,
]
const subscription = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]),
  Buffer.from(topic),
  Buffer.alloc(4),
])

export class GroupMember {
  readonly #world: World
  readonly #model: GroupModel
  readonly #link: Link
  #memberId = ''
  #generation = -1
  #members: Answered<'JoinGroup'>['members'] = []
  #assignment: readonly number[] = []
  #state: 'out' | 'joining' | 'joined' | 'syncing' | 'stable' = 'out'
  #commits = 0n
  /** What an answer that came later showed. */
  #failure: unknown

  constructor(world: World, model: GroupModel, slot: number) {
    this.#world = world
    this.#model = model
    this.#link = world.link(`member-${slot}`)
  }

  /** Throws what was found wrong in an answer since. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async join(): Promise<void> {
    if (this.#state === 'joining' || this.#state === 'syncing') return
    this.#state = 'joining'
    this.#later(this.#link.send('JoinGroup', 5, this.#joinBody()), (answer) => this.#joined(answer))
    await this.#world.clock.settle()
    // An id that was given out is used at once.
    if (this.#hasNewId()) {
      this.#state = 'joining'
      this.#later(this.#link.send('JoinGroup', 5, this.#joinBody()), (answer) => this.#joined(answer))
      await this.#world.clock.settle()
    }
  }

  async sync(): Promise<void> {
    if (this.#state !== 'joined') return
    const generation = this.#generation
    const assignments = assignmentsFor(this.#members)
    if (assignments.size > 0) this.#model.assigning(generation, assignments)
    this.#state = 'syncing'
    const body = {
      groupId,
      generationId: generation,
      memberId: this.#memberId,
      assignments: [...assignments].map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
    }
    this.#later(this.#link.send('SyncGroup', 3, body), (answer) => this.#synced(generation, answer))
    await this.#world.clock.settle()
  }

  async heartbeat(): Promise<void> {
    if (this.#generation < 0 || this.#state === 'joining' || this.#state === 'syncing') return
    const generation = this.#generation
    const answer = await this.#link.ask('Heartbeat', 3, { groupId, generationId: generation, memberId: this.#memberId })
    if (answer === 'lost') return
    claim(
      answer.errorCode !== 0 || generation >= this.#model.latest,
      `generation ${generation} heartbeats on after ${this.#model.latest} began`,
    )
    this.#obey(answer.errorCode, 'a heartbeat')
  }

  /** `back`: as a member that has not noticed yet that so many generations have begun. */
  async commit(partition: number, back = 0): Promise<void> {
    if (this.#generation - back < 0 || this.#state === 'joining' || this.#state === 'syncing') return
    this.#commits += 1n
    const generation = this.#generation - back
    const before = this.#world.broker.inspect.group(groupId)
    const isMember = before?.members.some(({ memberId }) => memberId === this.#memberId) === true
    const group = { isCurrent: isMember && before?.generation === generation, phase: before?.state ?? 'Dead' }
    const answer = await this.#link.ask('OffsetCommit', 7, {
      groupId,
      generationIdOrMemberEpoch: generation,
      memberId: this.#memberId,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: partition, committedOffset: this.#commits, committedMetadata: '' }],
        },
      ],
    })
    const code = answer === 'lost' ? undefined : (answer.topics[0]?.partitions[0]?.errorCode ?? -1)
    this.#model.committing({ generation, partition, offset: this.#commits }, group, code)
    if (code !== undefined && back === 0) this.#obey(code, 'a commit')
  }

  async leave(): Promise<void> {
    if (this.#memberId === '' || this.#state === 'joining' || this.#state === 'syncing') return
    const answer = await this.#link.ask('LeaveGroup', 3, {
      groupId,
      memberId: this.#memberId,
      members: [{ memberId: this.#memberId }],
    })
    if (answer === 'lost') return
    claim(answer.errorCode === 0, `a leave was answered ${answer.errorCode}`)
    this.#forget()
  }

  /** The partitions it may read, as far as it knows. */
  get assignment(): readonly number[] {
    return this.#state === 'stable' ? this.#assignment : []
  }

  #hasNewId(): boolean {
    return this.#state === 'out' && this.#memberId !== '' && this.#generation < 0
  }

  #joinBody() {
    const protocols = [{ name: 'range', metadata: subscription }]
    return { groupId, ...timeouts, memberId: this.#memberId, protocolType: 'consumer', protocols }
  }

  #joined(answer: Answered<'JoinGroup'> | Lost): void {
    this.#state = 'out'
    if (answer === 'lost') return
    if (answer.errorCode === errorCode.MEMBER_ID_REQUIRED) {
      claim(this.#memberId === '', 'a member with an id was told to get one')
      this.#memberId = answer.memberId
      this.#generation = -1
      return
    }
    if (answer.errorCode !== 0) return this.#obey(answer.errorCode, 'a join')
    const { generationId, leader, memberId, members } = answer
    claim(memberId === this.#memberId, `${this.#memberId} was told that it is ${memberId}`)
    this.#model.joined(generationId, leader, memberId, members)
    this.#generation = generationId
    this.#members = members
    this.#state = 'joined'
  }

  #synced(generation: number, answer: Answered<'SyncGroup'> | Lost): void {
    this.#state = 'joined'
    if (answer === 'lost') return
    if (answer.errorCode !== 0) return this.#obey(answer.errorCode, 'a sync')
    const assignment = answer.assignment.toString()
    this.#model.synced(generation, this.#memberId, assignment)
    this.#assignment = partitionsIn(assignment)
    this.#state = 'stable'
  }

  /** What a code means for a member that does as it is told. */
  #obey(code: number, what: string): void {
    if (code === 0 || code === errorCode.COORDINATOR_LOAD_IN_PROGRESS) return
    claim(outCodes.includes(code), `${what} was answered ${code}`)
    if (code === errorCode.UNKNOWN_MEMBER_ID || code === errorCode.FENCED_INSTANCE_ID) this.#forget()
    else if (code === errorCode.ILLEGAL_GENERATION || this.#state !== 'joined') this.#state = 'out'
  }

  #forget(): void {
    this.#memberId = ''
    this.#generation = -1
    this.#members = []
    this.#state = 'out'
  }

  #later<Body>(answer: Promise<Body | Lost>, take: (answer: Body | Lost) => void): void {
    answer.then(take).catch((error: unknown) => {
      this.#failure ??= error
    })
  }
}
