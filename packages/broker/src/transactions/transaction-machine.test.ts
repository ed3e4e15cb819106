import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { transition } from './transaction-machine.js'
import {
  largestEpoch,
  newTransactionState,
  type ProducerIdentity,
  type TransactionState,
  type TransactionStatus,
} from './transaction-state.js'
import type { TransactionEvent, Transition } from './transition.js'

const {
  NONE,
  PRODUCER_FENCED,
  CONCURRENT_TRANSACTIONS,
  INVALID_TXN_STATE,
  INVALID_PRODUCER_ID_MAPPING,
  UNKNOWN_SERVER_ERROR,
} = errorCode

const ownId = 7n
const freshId = 900n
const timeoutMs = 1000

const as = (producerEpoch: number, producerId = ownId): ProducerIdentity => ({ producerId, producerEpoch })
const init = (expected?: ProducerIdentity): TransactionEvent => ({
  kind: 'initialize',
  timeoutMs,
  expected,
  freshProducerId: freshId,
})
const add = (producer: ProducerIdentity, partition = 0): TransactionEvent => ({
  kind: 'add',
  producer,
  partitions: [{ topic: 'orders', partition }],
  groups: [],
})
const addGroup = (producer: ProducerIdentity): TransactionEvent => ({
  kind: 'add',
  producer,
  partitions: [],
  groups: ['billing'],
})
const commit = (producer: ProducerIdentity): TransactionEvent => ({ kind: 'end', producer, committed: true })
const abort = (producer: ProducerIdentity): TransactionEvent => ({ kind: 'end', producer, committed: false })
const marked: TransactionEvent = { kind: 'marked' }
const scan: TransactionEvent = { kind: 'scan', freshProducerId: freshId }

/** An event, its code, and where it leads: status and epoch, with the id where it is not the first one. */
type Step = readonly [event: TransactionEvent, code: number, status: TransactionStatus, epoch: number, id?: bigint]

const unknown = newTransactionState('tx', { producerId: ownId, timeoutMs, now: 0 })

/** Each step is one millisecond later than the one before; scans come when the timeout is over. */
function walk(steps: readonly Step[], start = unknown): TransactionState {
  let state = start
  for (const [index, [event, code, status, producerEpoch, producerId = ownId]] of steps.entries()) {
    const now = event.kind === 'scan' ? timeoutMs * 100 : index
    const next = transition(state, event, now)
    expect({ step: index, code: next.errorCode, ...pick(next.state) }).toEqual({
      step: index,
      code,
      status,
      producerEpoch,
      producerId,
    })
    state = next.state
  }
  return state
}

const pick = ({ status, producerId, producerEpoch }: TransactionState) => ({ status, producerId, producerEpoch })

/** The producer of epoch 2 has this id. */
const epoch2: Step[] = [
  [init(), NONE, 'Empty', 0],
  [init(), NONE, 'Empty', 1],
  [init(), NONE, 'Empty', 2],
]
const open2: Step[] = [...epoch2, [add(as(2)), NONE, 'Ongoing', 2]]
const committing2: Step[] = [...open2, [commit(as(2)), NONE, 'PrepareCommit', 2]]
const committed2: Step[] = [...committing2, [marked, NONE, 'CompleteCommit', 2]]
const aborting2: Step[] = [...open2, [abort(as(2)), NONE, 'PrepareAbort', 2]]
const aborted2: Step[] = [...aborting2, [marked, NONE, 'CompleteAbort', 2]]
const expired2: Step[] = [...open2, [scan, NONE, 'PrepareAbort', 3], [marked, NONE, 'CompleteAbort', 3]]

describe('InitProducerId', () => {
  it.each<[behaviour: string, steps: Step[]]>([
    ['gives a new id epoch 0', [[init(), NONE, 'Empty', 0]]],
    ['gives the same id and the next epoch when asked again', epoch2],
    [
      'over an open transaction says 51, aborts it under epoch + 1, and gives epoch + 2 once that is marked',
      [
        ...open2,
        [init(), CONCURRENT_TRANSACTIONS, 'PrepareAbort', 3],
        [init(), CONCURRENT_TRANSACTIONS, 'PrepareAbort', 3],
        [marked, NONE, 'CompleteAbort', 3],
        [init(), NONE, 'Empty', 4],
      ],
    ],
    [
      'right after EndTxn says 51 until the markers are written',
      [
        ...committing2,
        [init(), CONCURRENT_TRANSACTIONS, 'PrepareCommit', 2],
        [marked, NONE, 'CompleteCommit', 2],
        [init(), NONE, 'Empty', 3],
      ],
    ],
    ['after the reaper gives epoch + 2', [...expired2, [init(), NONE, 'Empty', 4]]],
    [
      'of a producer that names its id and epoch gives epoch + 1, and the same to the same request again',
      [...epoch2, [init(as(2)), NONE, 'Empty', 3], [init(as(2)), NONE, 'Empty', 3]],
    ],
    [
      'of a producer that names its id and epoch goes on from the epoch it got',
      [...epoch2, [init(as(2)), NONE, 'Empty', 3], [init(as(3)), NONE, 'Empty', 4], [init(as(3)), NONE, 'Empty', 4]],
    ],
    ['that names another id is fenced', [...epoch2, [init(as(2, 8n)), PRODUCER_FENCED, 'Empty', 2]]],
    ['that names an older epoch is fenced', [...epoch2, [init(as(1)), PRODUCER_FENCED, 'Empty', 2]]],
    ['that names a newer epoch is fenced', [...epoch2, [init(as(3)), PRODUCER_FENCED, 'Empty', 2]]],
    [
      'that names the epoch before one that another instance has got is fenced',
      [
        ...epoch2,
        [init(as(2)), NONE, 'Empty', 3],
        [init(), NONE, 'Empty', 4],
        [init(as(3)), PRODUCER_FENCED, 'Empty', 4],
      ],
    ],
    ['that names an id which the broker has forgotten gets a new one', [[init(as(2, 8n)), NONE, 'Empty', 0]]],
    [
      'while markers are written says 51 before it looks at who asks',
      [...committing2, [init(as(2, 8n)), CONCURRENT_TRANSACTIONS, 'PrepareCommit', 2]],
    ],
    [
      'of a producer that names itself over its own open transaction gives the epoch that aborted it',
      [
        ...open2,
        [init(as(2)), CONCURRENT_TRANSACTIONS, 'PrepareAbort', 3],
        [marked, NONE, 'CompleteAbort', 3],
        [init(as(2)), NONE, 'Empty', 3],
      ],
    ],
    ['after a commit raises the epoch as after nothing', [...committed2, [init(), NONE, 'Empty', 3]]],
    [
      'gives the producer that the reaper has fenced the epoch that fenced it',
      [...expired2, [init(as(2)), NONE, 'Empty', 3]],
    ],
  ])('%s', (_behaviour, steps) => {
    walk(steps)
  })

  it('takes over the timeout of the latest request', () => {
    const again: TransactionEvent = { kind: 'initialize', timeoutMs: 5, expected: undefined, freshProducerId: freshId }
    expect(transition(walk(epoch2), again, 9).state.timeoutMs).toBe(5)
  })
})

describe('used-up epochs', () => {
  const at = (producerEpoch: number): TransactionState => ({ ...unknown, producerEpoch })
  const last = largestEpoch - 1

  it.each<[behaviour: string, from: number, steps: Step[]]>([
    [
      'the last epoch that is given is 32766, then comes a new id',
      last - 1,
      [
        [init(), NONE, 'Empty', last],
        [init(), NONE, 'Empty', 0, freshId],
        [init(), NONE, 'Empty', 1, freshId],
      ],
    ],
    [
      'a producer that names its last epoch gets the new id, and once more if the answer was lost',
      last,
      [
        [init(as(last)), NONE, 'Empty', 0, freshId],
        [init(as(last)), NONE, 'Empty', 0, freshId],
        [init(as(last)), PRODUCER_FENCED, 'Empty', 0, freshId],
      ],
    ],
    [
      'a stranger who names the old id is fenced once another instance has the new one',
      last,
      [
        [init(), NONE, 'Empty', 0, freshId],
        [init(as(last)), PRODUCER_FENCED, 'Empty', 0, freshId],
      ],
    ],
    [
      'a stale epoch that meets the last one fails inside, as in Kafka',
      last,
      [[init(as(3)), UNKNOWN_SERVER_ERROR, 'Empty', last]],
    ],
    [
      'an open transaction of the last epoch is still fenced, under 32767, and followed by the new id',
      last,
      [
        [add(as(last)), NONE, 'Ongoing', last],
        [init(), CONCURRENT_TRANSACTIONS, 'PrepareAbort', largestEpoch],
        [marked, NONE, 'CompleteAbort', 0, freshId],
        [commit(as(last)), INVALID_PRODUCER_ID_MAPPING, 'CompleteAbort', 0, freshId],
        [init(), NONE, 'Empty', 1, freshId],
      ],
    ],
    [
      'the reaper takes the same way',
      last,
      [
        [add(as(last)), NONE, 'Ongoing', last],
        [scan, NONE, 'PrepareAbort', largestEpoch],
        [marked, NONE, 'CompleteAbort', 0, freshId],
      ],
    ],
    [
      'transactions of the last epoch end as any other',
      last,
      [
        [add(as(last)), NONE, 'Ongoing', last],
        [commit(as(last)), NONE, 'PrepareCommit', last],
        [marked, NONE, 'CompleteCommit', last],
        [add(as(last)), NONE, 'Ongoing', last],
      ],
    ],
  ])('%s', (_behaviour, from, steps) => {
    walk(steps, at(from))
  })
})

describe('AddPartitions and AddOffsets', () => {
  it.each<[behaviour: string, steps: Step[]]>([
    ['begin the transaction', open2],
    [
      'begin it with a group alone',
      [...epoch2, [addGroup(as(2)), NONE, 'Ongoing', 2], [abort(as(2)), NONE, 'PrepareAbort', 2]],
    ],
    ['are fine when repeated', [...open2, [add(as(2)), NONE, 'Ongoing', 2], [addGroup(as(2)), NONE, 'Ongoing', 2]]],
    ['of an old epoch are fenced', [...epoch2, [add(as(1)), PRODUCER_FENCED, 'Empty', 2]]],
    ['of a too new epoch are fenced', [...epoch2, [add(as(3)), PRODUCER_FENCED, 'Empty', 2]]],
    ['of another producer id do not match', [...epoch2, [add(as(2, 8n)), INVALID_PRODUCER_ID_MAPPING, 'Empty', 2]]],
    ['say 51 while markers are written', [...committing2, [add(as(2)), CONCURRENT_TRANSACTIONS, 'PrepareCommit', 2]]],
    [
      'say 51 while markers are written, also to strangers',
      [
        ...aborting2,
        [add(as(1)), CONCURRENT_TRANSACTIONS, 'PrepareAbort', 2],
        [add(as(2, 8n)), CONCURRENT_TRANSACTIONS, 'PrepareAbort', 2],
      ],
    ],
    ['begin the next transaction of the same epoch', [...committed2, [add(as(2)), NONE, 'Ongoing', 2]]],
    ['are fenced once the reaper came by', [...expired2, [add(as(2)), PRODUCER_FENCED, 'CompleteAbort', 3]]],
  ])('%s', (_behaviour, steps) => {
    walk(steps)
  })

  it('collect partitions and groups in the order in which they came, each once, and end with the transaction', () => {
    const open = walk([
      ...open2,
      [add(as(2), 3), NONE, 'Ongoing', 2],
      [add(as(2), 0), NONE, 'Ongoing', 2],
      [addGroup(as(2)), NONE, 'Ongoing', 2],
      [addGroup(as(2)), NONE, 'Ongoing', 2],
    ])
    expect([...open.partitions]).toEqual([['orders', new Set([0, 3])]])
    expect([...open.groups]).toEqual(['billing'])

    const done = walk(
      [
        [commit(as(2)), NONE, 'PrepareCommit', 2],
        [marked, NONE, 'CompleteCommit', 2],
      ],
      open,
    )
    expect([done.partitions.size, done.groups.size]).toEqual([0, 0])
  })

  it('keep the moment at which the transaction began', () => {
    const open = walk(open2)
    expect(transition(open, add(as(2), 1), 500).state.startedAt).toBe(open.startedAt)
  })
})

describe('EndTxn', () => {
  it.each<[behaviour: string, steps: Step[]]>([
    ['with nothing begun says 48', [...epoch2, [commit(as(2)), INVALID_TXN_STATE, 'Empty', 2]]],
    ['with nothing begun says 48 to an abort too', [...epoch2, [abort(as(2)), INVALID_TXN_STATE, 'Empty', 2]]],
    [
      'with the same outcome again says 51, then 0',
      [
        ...committing2,
        [commit(as(2)), CONCURRENT_TRANSACTIONS, 'PrepareCommit', 2],
        [marked, NONE, 'CompleteCommit', 2],
        [commit(as(2)), NONE, 'CompleteCommit', 2],
      ],
    ],
    [
      'with the other outcome says 51, then 48',
      [
        ...committing2,
        [abort(as(2)), CONCURRENT_TRANSACTIONS, 'PrepareCommit', 2],
        [marked, NONE, 'CompleteCommit', 2],
        [abort(as(2)), INVALID_TXN_STATE, 'CompleteCommit', 2],
      ],
    ],
    ['repeats an abort', [...aborted2, [abort(as(2)), NONE, 'CompleteAbort', 2]]],
    ['does not commit what was aborted', [...aborted2, [commit(as(2)), INVALID_TXN_STATE, 'CompleteAbort', 2]]],
    ['of an old epoch is fenced', [...open2, [commit(as(1)), PRODUCER_FENCED, 'Ongoing', 2]]],
    ['of a too new epoch is fenced', [...open2, [commit(as(3)), PRODUCER_FENCED, 'Ongoing', 2]]],
    [
      'of another producer id does not match',
      [...open2, [commit(as(2, 8n)), INVALID_PRODUCER_ID_MAPPING, 'Ongoing', 2]],
    ],
    [
      'of an old epoch is fenced also while markers are written',
      [...committing2, [commit(as(1)), PRODUCER_FENCED, 'PrepareCommit', 2]],
    ],
    [
      'is fenced once the reaper came by, before the marker',
      [...open2, [scan, NONE, 'PrepareAbort', 3], [commit(as(2)), PRODUCER_FENCED, 'PrepareAbort', 3]],
    ],
    [
      'is fenced once the reaper came by, after the marker',
      [...expired2, [abort(as(2)), PRODUCER_FENCED, 'CompleteAbort', 3]],
    ],
    [
      'after InitProducerId knows no earlier outcome',
      [...committed2, [init(), NONE, 'Empty', 3], [commit(as(3)), INVALID_TXN_STATE, 'Empty', 3]],
    ],
  ])('%s', (_behaviour, steps) => {
    walk(steps)
  })
})

describe('the reaper', () => {
  it.each<[behaviour: string, steps: Step[], afterMs: number, status: TransactionStatus]>([
    ['leaves a transaction at its timeout', open2, timeoutMs, 'Ongoing'],
    ['aborts it later than that', open2, timeoutMs + 1, 'PrepareAbort'],
    ['leaves an id without a transaction', epoch2, timeoutMs + 1, 'Empty'],
    ['leaves a transaction whose outcome is decided', committing2, timeoutMs + 1, 'PrepareCommit'],
  ])('%s', (_behaviour, steps, afterMs, status) => {
    const state = walk(steps)
    expect(transition(state, scan, (state.startedAt ?? 0) + afterMs).state.status).toBe(status)
  })
})

describe('whatever happens', () => {
  const identity = fc.record({
    producerId: fc.constantFrom(ownId, freshId, 8n),
    producerEpoch: fc.constantFrom(0, 1, 2, 3, 32_764, 32_765, 32_766, 32_767),
  })
  const anyEvent = fc.oneof(
    fc.option(identity, { nil: undefined }).map(init),
    fc.constant(init()),
    fc.constantFrom('own-add', 'own-commit', 'own-abort'),
    identity.map((producer) => add(producer)),
    identity.map(commit),
    identity.map(abort),
    fc.constant(marked),
    fc.constant(scan),
  )
  const start = fc.constantFrom(-1, 0, 32_764, 32_765).map((producerEpoch) => ({ ...unknown, producerEpoch }))

  /** Some events speak for whoever has the id at that moment: random names alone would seldom get far. */
  function eventFor(state: TransactionState, event: TransactionEvent | string): TransactionEvent {
    if (typeof event !== 'string') return event
    return event === 'own-add' ? add(state) : event === 'own-commit' ? commit(state) : abort(state)
  }

  function run(from: TransactionState, events: readonly (TransactionEvent | string)[]) {
    const taken: { before: TransactionState; event: TransactionEvent; result: Transition }[] = []
    let state = from
    let now = 0
    let freshProducerId = freshId
    for (const given of events) {
      const event = eventFor(state, given)
      now += event.kind === 'scan' ? timeoutMs * 2 : 1
      freshProducerId += 1n
      const own = event.kind === 'initialize' || event.kind === 'scan' ? { ...event, freshProducerId } : event
      const result = transition(state, own, now)
      taken.push({ before: state, event: own, result })
      state = result.state
    }
    return taken
  }

  const check = (property: (taken: ReturnType<typeof run>) => void) =>
    fc.assert(fc.property(start, fc.array(anyEvent, { maxLength: 40 }), (from, events) => property(run(from, events))))

  it('no epoch of a producer id comes back once it was passed', () => {
    check((taken) => {
      for (const { before, result } of taken) {
        const { producerId, producerEpoch } = result.state
        if (producerId === before.producerId) expect(producerEpoch).toBeGreaterThanOrEqual(before.producerEpoch)
        else expect([producerId > before.producerId, producerEpoch]).toEqual([true, 0])
      }
    })
  })

  it('only the present producer changes a transaction, and epoch 32767 is given to nobody', () => {
    check((taken) => {
      for (const { before, event, result } of taken) {
        if (result.errorCode !== NONE) continue
        if (event.kind === 'add' || event.kind === 'end') expect(event.producer).toMatchObject(pickIdentity(before))
        if (event.kind === 'initialize') expect(result.state.producerEpoch).toBeLessThan(largestEpoch)
      }
    })
  })

  it('a transaction that begins ends once, and its markers are asked for once', () => {
    check((taken) => {
      let isOpen = false
      let isDue = false
      for (const { effect } of taken.flatMap(({ result }) => result.effects.map((effect) => ({ effect })))) {
        const kind = effect.kind === 'announce' ? effect.event.kind : effect.kind
        if (kind === 'transaction.begun') {
          expect([isOpen, isDue]).toEqual([false, false])
          isOpen = true
        }
        if (kind === 'write-markers') {
          expect([isOpen, isDue]).toEqual([true, false])
          isDue = true
        }
        if (kind === 'transaction.ended') {
          expect([isOpen, isDue]).toEqual([true, true])
          isOpen = isDue = false
        }
      }
    })
  })

  it('what is refused changes nothing, unless it is the request that has to wait for its own abort', () => {
    check((taken) => {
      for (const { before, event, result } of taken) {
        const isOwnAbort = event.kind === 'initialize' && before.status === 'Ongoing'
        if (result.errorCode !== NONE && !isOwnAbort) expect(result.state).toBe(before)
      }
    })
  })
})

const pickIdentity = ({ producerId, producerEpoch }: TransactionState): ProducerIdentity => ({
  producerId,
  producerEpoch,
})
