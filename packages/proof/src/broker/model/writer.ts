/**
 * An idempotent or transactional producer that does everything right: it goes on with the next sequence, sends a batch again with the same
 * sequence where its answer was lost, waits where it is told to, and asks for a new epoch once it is fenced.
 */
import { errorCode } from '@millrace/broker/protocol'
import { buildBatch } from '../raw/build-batch.js'
import type { Link } from './link.js'
import { topic } from './read-log.js'
import { claim } from './violation.js'
import type { Transaction, World, WrittenRecord } from './world.js'

interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

interface SentBatch {
  readonly bytes: Buffer
  readonly baseOffset: bigint
}

export const offsetsGroup = 'offsets of transactions'
const timeoutMs = 20_000
const tryLater: readonly number[] = [
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.NOT_ENOUGH_REPLICAS,
  errorCode.CONCURRENT_TRANSACTIONS,
  errorCode.COORDINATOR_LOAD_IN_PROGRESS,
]
const fencedCodes: readonly number[] = [errorCode.INVALID_PRODUCER_EPOCH, errorCode.PRODUCER_FENCED]
const rememberedBatches = 5

export class Writer {
  readonly name: string
  readonly #slot: number
  readonly #world: World
  readonly #link: Link
  readonly #transactionalId: string | null
  #identity: Identity | undefined
  /** Who it was before: fenced by now. */
  #former: Identity | undefined
  #sequences = new Map<number, number>()
  #sent = new Map<number, SentBatch[]>()
  #values = 0
  #transaction: Transaction | undefined

  constructor(world: World, slot: number, isTransactional: boolean) {
    this.#world = world
    this.#slot = slot
    this.name = `${isTransactional ? 't' : 'i'}${slot}`
    this.#transactionalId = isTransactional ? this.name : null
    this.#link = world.link(this.name)
  }

  /** Writes so many records as one batch; in a transaction, which begins with it, where it is transactional. */
  async write(partition: number, count: number): Promise<void> {
    const identity = await this.#init()
    if (this.#transactionalId !== null && !(await this.#add(partition))) return
    const transaction = this.#transaction
    const first = this.#sequences.get(partition) ?? 0
    const records = Array.from({ length: count }, (): WrittenRecord => {
      this.#values += 1
      return {
        value: `${this.name}.${this.#values}`,
        partition,
        writer: this.name,
        status: 'refused',
        offset: undefined,
        transaction,
      }
    })
    const bytes = this.#batch(identity, first, records)
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#produce(partition, bytes)
      if (answer === 'lost') {
        for (const record of records) record.status = 'maybe'
        continue
      }
      if (tryLater.includes(answer.errorCode)) {
        await this.#pause(tries)
        continue
      }
      this.#world.records.push(...records)
      if (answer.errorCode !== 0) return this.#fencedBy(answer.errorCode, `a batch of ${this.name}`)
      for (const [index, record] of records.entries()) {
        record.status = 'acknowledged'
        record.offset = answer.baseOffset + BigInt(index)
      }
      this.#sequences.set(partition, first + count)
      this.#sent.set(partition, [...(this.#sent.get(partition) ?? []), { bytes, baseOffset: answer.baseOffset }])
      return
    }
  }

  /** Begins or extends a transaction without a record in it. */
  async touch(partition: number): Promise<void> {
    if (this.#transactionalId === null) return
    await this.#init()
    await this.#add(partition)
  }

  /** A batch of before once more: the last five are known, those before them are out of order. */
  async repeat(partition: number, back: number): Promise<void> {
    const sent = this.#sent.get(partition) ?? []
    const again = sent.at(-1 - back)
    if (this.#transactionalId !== null || again === undefined) return
    const answer = await this.#produceUntilTold(partition, again.bytes)
    const expected = back < rememberedBatches ? 0 : errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    claim(
      answer.errorCode === expected,
      `batch ${back} before the last of ${this.name} again: ${answer.errorCode} instead of ${expected}`,
    )
    if (expected === 0)
      claim(
        answer.baseOffset === again.baseOffset,
        `a repeated batch of ${this.name} was told offset ${answer.baseOffset}`,
      )
  }

  /** Sequences that leave one out are refused. */
  async skip(partition: number): Promise<void> {
    if (this.#transactionalId !== null || !this.#sequences.has(partition)) return
    const record = this.#refusedRecord(partition)
    const bytes = this.#batch(await this.#init(), (this.#sequences.get(partition) ?? 0) + 1, [record])
    const { errorCode: code } = await this.#produceUntilTold(partition, bytes)
    claim(code === errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, `a batch of ${this.name} behind a gap was answered ${code}`)
  }

  /** What a former self still sends must change nothing. */
  async haunt(partition: number): Promise<void> {
    const former = this.#former
    if (former === undefined || this.#transactionalId === null) return
    const record = this.#refusedRecord(partition)
    const produced = await this.#produceUntilTold(partition, this.#batch(former, 0, [record]))
    claim(produced.errorCode !== 0, `a fenced ${this.name} could write`)
    const ended = await this.#insist(() =>
      this.#link.ask('EndTxn', 1, { transactionalId: this.#transactionalId ?? '', ...former, committed: true }),
    )
    claim(ended.errorCode !== 0, `a fenced ${this.name} could commit`)
  }

  /** TxnOffsetCommit, for a partition of its own, so that writers don't decide over each other. */
  async stageOffset(offset: bigint): Promise<void> {
    if (this.#transactionalId === null) return
    const identity = await this.#init()
    const id = this.#transactionalId
    const added = await this.#insist(() =>
      this.#link.ask('AddOffsetsToTxn', 1, { transactionalId: id, ...identity, groupId: offsetsGroup }),
    )
    if (added.errorCode !== 0) return this.#fencedBy(added.errorCode, `AddOffsetsToTxn of ${this.name}`)
    const transaction = this.#begin()
    const partitions = [{ partitionIndex: this.#slot, committedOffset: offset, committedMetadata: '' }]
    const body = { transactionalId: id, groupId: offsetsGroup, ...identity, topics: [{ name: topic, partitions }] }
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#link.ask('TxnOffsetCommit', 3, body)
      if (answer === 'lost') continue
      const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1
      if (tryLater.includes(code)) await this.#pause(tries)
      else if (code !== 0) return this.#fencedBy(code, `TxnOffsetCommit of ${this.name}`)
      else {
        transaction.staged = offset
        return
      }
    }
  }

  async end(committed: boolean): Promise<void> {
    const transaction = this.#transaction
    const identity = this.#identity
    if (transaction === undefined || identity === undefined) return
    let isCertain = true
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#link.ask('EndTxn', 1, {
        transactionalId: this.#transactionalId ?? '',
        ...identity,
        committed,
      })
      if (answer === 'lost') {
        isCertain = false
        transaction.outcome = 'unknown'
        continue
      }
      if (tryLater.includes(answer.errorCode)) {
        await this.#pause(tries)
        continue
      }
      if (answer.errorCode !== 0) {
        // A lost EndTxn may have ended it before it was fenced.
        return this.#fencedBy(answer.errorCode, `EndTxn of ${this.name}`, isCertain ? 'aborted' : 'unknown')
      }
      transaction.outcome = committed ? 'committed' : 'aborted'
      this.#transaction = undefined
      return
    }
  }

  /** Another instance with the same id: what the last one had open is aborted. */
  async takeOver(): Promise<void> {
    if (this.#transactionalId === null) return
    this.#former = this.#identity
    this.#forget(this.#transaction?.outcome === 'unknown' ? 'unknown' : 'aborted')
    await this.#init()
  }

  /** The same instance recovers by itself (KIP-360): it names who it is, and goes on under the next epoch. */
  async recover(): Promise<void> {
    const identity = this.#identity
    if (this.#transactionalId === null || identity === undefined) return
    const asked = { transactionalId: this.#transactionalId, transactionTimeoutMs: timeoutMs, ...identity }
    const answer = await this.#insist(() => this.#link.ask('InitProducerId', 4, asked))
    if (answer.errorCode !== 0) return this.#fencedBy(answer.errorCode, `the recovery of ${this.name}`)
    const { producerId, producerEpoch } = answer
    claim(producerId === identity.producerId, `${this.name} recovered as producer ${producerId}`)
    claim(
      producerEpoch === identity.producerEpoch + 1,
      `${this.name} recovered from ${identity.producerEpoch} to ${producerEpoch}`,
    )
    this.#former = identity
    this.#forget('aborted')
    this.#identity = { producerId, producerEpoch }
  }

  /** The one that is open, if any. */
  get transaction(): Transaction | undefined {
    return this.#transaction
  }

  /** Where its offsets stand in their group. */
  get offsetPartition(): number {
    return this.#slot
  }

  async #init(): Promise<Identity> {
    if (this.#identity !== undefined) return this.#identity
    const asked = { transactionalId: this.#transactionalId, transactionTimeoutMs: timeoutMs }
    const {
      errorCode: code,
      producerId,
      producerEpoch,
    } = await this.#insist(() => this.#link.ask('InitProducerId', 1, asked))
    claim(code === 0, `InitProducerId of ${this.name} was answered ${code}`)
    const former = this.#former
    if (former !== undefined && former.producerId === producerId) {
      claim(
        producerEpoch > former.producerEpoch,
        `${this.name} got epoch ${producerEpoch} after ${former.producerEpoch}`,
      )
    }
    this.#identity = { producerId, producerEpoch }
    return this.#identity
  }

  #begin(): Transaction {
    if (this.#transaction === undefined) {
      const producerId = this.#identity?.producerId ?? -1n
      this.#transaction = { writer: this.name, producerId, partitions: new Set(), staged: undefined, outcome: 'open' }
      this.#world.transactions.push(this.#transaction)
    }
    return this.#transaction
  }

  /** False: it was fenced. */
  async #add(partition: number): Promise<boolean> {
    if (this.#transaction?.partitions.has(partition) === true) return true
    const identity = await this.#init()
    const body = {
      v3AndBelowTransactionalId: this.#transactionalId ?? '',
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    }
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#link.ask('AddPartitionsToTxn', 1, body)
      if (answer === 'lost') continue
      const code = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1
      if (tryLater.includes(code)) {
        await this.#pause(tries)
      } else if (code === 0) {
        this.#begin().partitions.add(partition)
        return true
      } else {
        this.#fencedBy(code, `AddPartitionsToTxn of ${this.name}`)
        return false
      }
    }
  }

  #fencedBy(code: number, what: string, outcome: 'aborted' | 'unknown' = 'aborted'): void {
    claim(this.#transactionalId !== null && fencedCodes.includes(code), `${what} was answered ${code}`)
    this.#former = this.#identity
    this.#forget(outcome)
  }

  #forget(outcome: 'aborted' | 'unknown'): void {
    if (this.#transaction !== undefined) this.#transaction.outcome = outcome
    this.#transaction = undefined
    this.#identity = undefined
    this.#sequences = new Map()
    this.#sent = new Map()
  }

  #refusedRecord(partition: number): WrittenRecord {
    this.#values += 1
    const record: WrittenRecord = {
      value: `${this.name}.${this.#values}`,
      partition,
      writer: this.name,
      status: 'refused',
      offset: undefined,
      transaction: undefined,
    }
    this.#world.records.push(record)
    return record
  }

  #batch({ producerId, producerEpoch }: Identity, sequence: number, records: readonly WrittenRecord[]): Buffer {
    const timestamp = this.#world.clock.now()
    return buildBatch({
      records: records.map(({ value }) => ({ value, timestamp })),
      pid: producerId,
      epoch: producerEpoch,
      sequence,
      transactional: this.#transactionalId !== null,
    })
  }

  async #produce(partition: number, records: Buffer) {
    const answer = await this.#link.ask('Produce', 7, {
      transactionalId: this.#transactionalId,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    return answer === 'lost'
      ? 'lost'
      : (answer.responses[0]?.partitionResponses[0] ?? { errorCode: -1, baseOffset: -1n })
  }

  async #produceUntilTold(partition: number, records: Buffer) {
    for (let tries = 0; ; tries += 1) {
      const answer = await this.#produce(partition, records)
      if (answer !== 'lost' && answer.errorCode !== errorCode.NOT_LEADER_OR_FOLLOWER) return answer
      await this.#pause(tries)
    }
  }

  /** Again while the answer was lost or says "later". */
  async #insist<Body extends { readonly errorCode: number }>(ask: () => Promise<Body | 'lost'>): Promise<Body> {
    for (let tries = 0; ; tries += 1) {
      const answer = await ask()
      if (answer !== 'lost' && !tryLater.includes(answer.errorCode)) return answer
      await this.#pause(tries)
    }
  }

  async #pause(tries: number): Promise<void> {
    claim(tries < 100, `${this.name} is told to come back later for ever`)
    await (tries < 3 ? this.#world.clock.settle() : this.#world.clock.advance(50))
  }
}
