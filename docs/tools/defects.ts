/** A defect of kafkajs 2.2.4, and what holds it. */
export interface Defect {
  /** Its number; tests carry it in their names. */
  readonly k: number
  readonly symptom: string
  /** The name of a guard in backquotes, or the decision that makes it impossible. */
  readonly heldBy: string
  /** Why nothing shows it on bare kafkajs: it is a rule of ours rather than a symptom that can be asserted. */
  readonly noRed?: string
}

export const defects: readonly Defect[] = [
  {
    k: 1,
    symptom: 'Records of aborted transactions are delivered to a `read_committed` consumer.',
    heldBy: 'Our decoder: the aborted list is sorted, and a transaction is open until its own marker.',
  },
  {
    k: 2,
    symptom: 'A member that was evicted commits through its transactional producer; its successor begins before it.',
    heldBy:
      'TxnOffsetCommit 3 with member, generation and instance, and no other; positions are read with OffsetFetch 7, which waits.',
  },
  {
    k: 3,
    symptom: 'One lost answer to the end of a transaction leaves its outcome unknown and the producer stuck for ever.',
    heldBy: 'A new epoch ends the transaction, and the committed offsets say how; then the producer goes on.',
  },
  {
    k: 4,
    symptom: 'A delayed end of one transaction may end a later one.',
    heldBy: 'Whatever was sent and not answered costs the epoch: the next transaction has another.',
    noRed:
      'kafkajs is stuck after a lost end (K3) before a second transaction can begin; the file shows the danger with bare requests',
  },
  {
    k: 5,
    symptom: 'One `send()` over several brokers loses half of its records after a leader move, and resolves.',
    heldBy: 'Our sender: every partition of an answer is looked at, and a batch keeps its partition.',
  },
  {
    k: 6,
    symptom: 'Headers lose their order, `__proto__` and its like break them, and 10,000 block the event loop.',
    heldBy: 'Our codec: headers are pairs of buffers in the order of the wire, read on demand.',
  },
  {
    k: 7,
    symptom: 'A handler that throws a TypeError, `undefined` or `null` ends the consumer without a word.',
    heldBy: "User code never runs on kafkajs's stack; a failure is settled per record.",
  },
  {
    k: 8,
    symptom: 'A handler that runs for longer than the session is evicted.',
    heldBy: 'Heartbeats have a timer of their own, during the drain as well.',
  },
  {
    k: 9,
    symptom: 'One slow partition stops all partitions of its broker.',
    heldBy: 'Our fetch loop asks for the partitions that have room, and for no other.',
  },
  {
    k: 10,
    symptom: 'A commit during `stop()` resolves and is dropped.',
    heldBy: 'Leases are drained and committed by us before the member leaves.',
  },
  {
    k: 11,
    symptom: 'Partitions go to members that never asked for them, or to nobody; all of them move at each rebalance.',
    heldBy: 'Our assigner goes by the subscriptions and by who has what.',
  },
  {
    k: 12,
    symptom: 'An offset that retention took: everything left is skipped silently, and -1 is committed.',
    heldBy: 'Positions are ours: a policy decides, an event names the range, and no negative offset is ever committed.',
  },
  {
    k: 13,
    symptom: 'Behind a compacted batch kafkajs reads the same batch again for every missing offset.',
    heldBy: 'Our decoder knows the last offset of a batch and goes on behind it.',
  },
  {
    k: 14,
    symptom: 'A topic setting `compression.type=zstd` ends the consumer; changed bytes are delivered.',
    heldBy: 'Our decoder: gzip, snappy, lz4, zstd, CRC-32C; what it can not read fails its own partition.',
  },
  {
    k: 15,
    symptom: 'Half of the requests of a transaction ask for the coordinator again.',
    heldBy: 'Coordinators are kept until somebody meets another one.',
  },
  {
    k: 16,
    symptom: 'Transactions that follow each other closely wait for 300 ms or fail.',
    heldBy:
      'CONCURRENT_TRANSACTIONS is asked again after 1 ms, then ever more slowly up to 100 ms; outputs go before offsets.',
  },
  {
    k: 17,
    symptom: 'Timers and listeners pile up over rebalances.',
    heldBy: 'One timer per member, and every socket is counted and closed with its client.',
    noRed: 'what leaks are heartbeat timers that users of kafkajs have to write themselves',
  },
  {
    k: 18,
    symptom: 'A commit for a partition that another member owns is accepted and rewinds it.',
    heldBy: 'A lease that has ended refuses the commit before the network is touched.',
  },
  {
    k: 19,
    symptom: 'A leader move is a rebalance without a drain: two members process one record at once.',
    heldBy: 'An error of a partition is its own: the leader is looked up again, nobody joins.',
  },
  {
    k: 20,
    symptom: 'A deleted topic stops all topics of the consumer.',
    heldBy: '`local-topic-errors`, and our fetch loop: error codes of a partition are data.',
  },
  {
    k: 21,
    symptom: 'A pause survives losing and winning the partition: nothing is delivered any more.',
    heldBy: 'Pauses belong to a lease and end with it.',
  },
  {
    k: 22,
    symptom: 'A pending seek survives losing and winning the partition: records are skipped.',
    heldBy: 'Seeks belong to a lease; a lease that has ended refuses them.',
  },
  {
    k: 23,
    symptom: 'Sending many records at once blocks the event loop for the square of their number.',
    heldBy: 'Our accumulator appends each record once.',
  },
  {
    k: 24,
    symptom: 'A record for a partition that does not exist is swallowed, and `send()` resolves.',
    heldBy: 'The partition is checked against fresh metadata before a batch is made.',
  },
  {
    k: 25,
    symptom: 'After a failed send the next record is taken for its duplicate and not stored.',
    heldBy: 'An unknown outcome repeats the same batch and sequence; then the producer id is given up.',
  },
  {
    k: 26,
    symptom: 'A coordinator that fails over stalls the group for 8 s and more.',
    heldBy: 'We look the coordinator up ourselves after any error; membership survives the move.',
  },
  {
    k: 27,
    symptom: 'Two members of one `Kafka` object share their committed offsets.',
    heldBy: 'One `Kafka` object per member and per sender.',
  },
  {
    k: 28,
    symptom: 'Concurrent idempotent sends lose and double records while a leader moves.',
    heldBy: 'One batch in flight per partition.',
  },
  {
    k: 29,
    symptom: '`stop()` while joining resolves at once, and the consumer rises again.',
    heldBy: 'The member is a state machine: leaving is final, bounded, and closes every socket.',
  },
  {
    k: 30,
    symptom: '130,000 records in a batch end the consumer; a small batch may inflate to anything.',
    heldBy: 'Our decoder appends one by one and stops inflating at its limit.',
  },
  {
    k: 31,
    symptom: 'An idle connection makes thousands of timers a second.',
    heldBy: '`no-idle-timers`',
  },
  {
    k: 32,
    symptom: 'Offsets can not be sent to a group whose coordinator has moved.',
    heldBy: 'One table says of every code of every request whether it is asked again, and where.',
  },
  {
    k: 33,
    symptom: 'Any TypeError inside kafkajs ends the consumer for good, or stalls it silently.',
    heldBy: 'A failed fetch is asked again; every death is one `onFatal`, and the worker joins with a new member.',
  },
  {
    k: 34,
    symptom: 'A partition without a leader stops all others, and a new consumer can not even start.',
    heldBy: '`local-topic-errors`, and our fetch loop: no leader is the problem of that partition.',
  },
  {
    k: 35,
    symptom: 'A leader that is frozen is sent to for ever.',
    heldBy: 'A request that is late drops its connection, and the leader is looked up again.',
  },
  {
    k: 36,
    symptom: 'A missing permission looks like a missing coordinator, a wrong listener like a network fault.',
    heldBy: 'We ask for the coordinator ourselves, and classify faults of TLS and SASL by their causes.',
  },
]
