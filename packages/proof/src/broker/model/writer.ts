/**
 * An idempotent or transactional producer that does everything right: it goes on with the next sequence, sends a batch again with the same
 * sequence where its answer was lost, waits where it is told to, and asks for a new epoch once it is fenced.
 */
import { errorCode } from '@millrace/broker/protocol'
import { buildBatch } from '../raw/build-batch.js'
import { Patience } from './patience.js'
import { type Identity, ProducerRequests } from './producer-requests.js'
import { claim } from './violation.js'
import type { Transaction, World, WrittenRecord } from './world.js'

interface SentBatch {
  readonly bytes: Buffer
  readonly baseOffset: bigint
}

export const offsetsGroup = 'offsets of transactions'
const fencedCodes: readonly number[] = [errorCode.INVALID_PRODUCER_EPOCH, errorCode.PRODUCER_FENCED]
const rememberedBatches = 5

export class Writer {
  readonly name: string
  readonly #slot: number
  readonly #world: World
  readonly #requests: ProducerRequests
  readonly #patience: Patience
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
    this.#requests = new ProducerRequests(world.link(this.name), this.#transactionalId)
    this.#patience = new Patience(this.name, world.clock)
  }

  /** Writes so many records as one batch; in a transaction, which begins with it, where it is transactional. */
  async write(partition: number, count: number): Promise<void> {
    const identity = await this.#init()
    if (this.#transactionalId !== null && !(await this.#add(partition))) return
    const transaction = this.#transaction
    const first = this.#sequences.get(partition) ?? 0
    const records = Array.from({ length: count }, () => this.#newRecord(partition, transaction))
    const bytes = this.#batch(identity, first, records)
    const answer = await this.#patience.insistAtOnce(
      () => this.#requests.produce(partition, bytes),
      () => {
        for (const record of records) record.status = 'maybe'
      },
    )
    this.#world.records.push(...records)
    if (answer.errorCode !== 0) return this.#fencedBy(answer.errorCode, `a batch of ${this.name}`)
    for (const [index, record] of records.entries()) {
      record.status = 'acknowledged'
      record.offset = answer.baseOffset + BigInt(index)
    }
    this.#sequences.set(partition, first + count)
    this.#sent.set(partition, [...(this.#sent.get(partition) ?? []), { bytes, baseOffset: answer.baseOffset }])
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
    const ended = await this.#patience.insist(() => this.#requests.endTransaction(former, true))
    claim(ended.errorCode !== 0, `a fenced ${this.name} could commit`)
  }

  /** TxnOffsetCommit, for a partition of its own, so that writers don't decide over each other. */
  async stageOffset(offset: bigint): Promise<void> {
    if (this.#transactionalId === null) return
    const identity = await this.#init()
    const added = await this.#patience.insist(() => this.#requests.addOffsets(identity, offsetsGroup))
    if (added.errorCode !== 0) return this.#fencedBy(added.errorCode, `AddOffsetsToTxn of ${this.name}`)
    const transaction = this.#begin()
    const { errorCode: code } = await this.#patience.insistAtOnce(() =>
      this.#requests.commitOffset(identity, offsetsGroup, { partition: this.#slot, offset }),
    )
    if (code !== 0) return this.#fencedBy(code, `TxnOffsetCommit of ${this.name}`)
    transaction.staged = offset
  }

  async end(committed: boolean): Promise<void> {
    const transaction = this.#transaction
    const identity = this.#identity
    if (transaction === undefined || identity === undefined) return
    const { errorCode: code } = await this.#patience.insistAtOnce(
      () => this.#requests.endTransaction(identity, committed),
      () => {
        transaction.outcome = 'unknown'
      },
    )
    // A lost EndTxn may have ended it before it was fenced.
    if (code !== 0) return this.#fencedBy(code, `EndTxn of ${this.name}`, this.#outcomeOfFenced())
    transaction.outcome = committed ? 'committed' : 'aborted'
    this.#transaction = undefined
  }

  /** Another instance with the same id: what the last one had open is aborted. */
  async takeOver(): Promise<void> {
    if (this.#transactionalId === null) return
    this.#former = this.#identity
    this.#forget(this.#outcomeOfFenced())
    await this.#init()
  }

  /** The same instance recovers by itself (KIP-360): it names who it is, and goes on under the next epoch. */
  async recover(): Promise<void> {
    const identity = this.#identity
    if (this.#transactionalId === null || identity === undefined) return
    const answer = await this.#patience.insist(() => this.#requests.initProducerId(identity))
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
    const answer = await this.#patience.insist(() => this.#requests.initProducerId())
    const { errorCode: code, producerId, producerEpoch } = answer
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
    const { errorCode: code } = await this.#patience.insistAtOnce(() =>
      this.#requests.addPartition(identity, partition),
    )
    if (code === 0) this.#begin().partitions.add(partition)
    else this.#fencedBy(code, `AddPartitionsToTxn of ${this.name}`)
    return code === 0
  }

  #fencedBy(code: number, what: string, outcome: 'aborted' | 'unknown' = 'aborted'): void {
    claim(this.#transactionalId !== null && fencedCodes.includes(code), `${what} was answered ${code}`)
    this.#former = this.#identity
    this.#forget(outcome)
  }

  /** What becomes of the open one: unless an EndTxn of it was lost, nobody has committed it. */
  #outcomeOfFenced(): 'aborted' | 'unknown' {
    return this.#transaction?.outcome === 'unknown' ? 'unknown' : 'aborted'
  }

  #forget(outcome: 'aborted' | 'unknown'): void {
    if (this.#transaction !== undefined) this.#transaction.outcome = outcome
    this.#transaction = undefined
    this.#identity = undefined
    this.#sequences = new Map()
    this.#sent = new Map()
  }

  #newRecord(partition: number, transaction?: Transaction): WrittenRecord {
    this.#values += 1
    const value = `${this.name}.${this.#values}`
    return { value, partition, writer: this.name, status: 'refused', offset: undefined, transaction }
  }

  #refusedRecord(partition: number): WrittenRecord {
    const record = this.#newRecord(partition)
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

  /** For batches that must come to nothing, or to what they came to before. */
  #produceUntilTold(partition: number, records: Buffer) {
    return this.#patience.insist(() => this.#requests.produce(partition, records), [errorCode.NOT_LEADER_OR_FOLLOWER])
  }
}
