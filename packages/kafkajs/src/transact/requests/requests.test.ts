import { expect, it } from 'vitest'
import { producerIdRequest, transactionalProducerIdRequest } from '../../produce/producer-id-request.js'
import type { WireRequest } from '../../produce/wire-broker.js'
import { addOffsetsRequest } from './add-offsets.js'
import { addPartitionsRequest } from './add-partitions.js'
import { endTxnRequest } from './end-txn.js'
import { findCoordinatorRequest } from './find-coordinator.js'
import { txnOffsetCommitRequest } from './txn-offset-commit.js'

const scope = { transactionalId: 'tx', identity: { id: 258n, epoch: 3 } }
const who = '0002 7478 0000000000000102 0003'
const member = { group: 'g', memberId: 'm-1', generation: 7 }
const offsets = [
  { topic: 'a', partition: 1, offset: 5n },
  { topic: 'b', partition: 0, offset: 6n, metadata: 'x' },
  { topic: 'a', partition: 2, offset: 7n },
]

// Layouts: "Kafka protocol guide", of each API by its name.
it.each<[string, WireRequest<unknown>, readonly number[], string]>([
  ['FindCoordinator of a group', findCoordinatorRequest({ kind: 'group', key: 'g' }), [1, 2], '0001 67 00'],
  ['FindCoordinator of an id', findCoordinatorRequest({ kind: 'transaction', key: 'tx' }), [1, 2], '0002 7478 01'],
  ['InitProducerId of nobody', producerIdRequest, [0, 1], 'ffff 7fffffff'],
  [
    'InitProducerId of an id',
    transactionalProducerIdRequest({ transactionalId: 'tx', transactionTimeoutMs: 15_000 }),
    [0, 1],
    '0002 7478 00003a98',
  ],
  [
    'AddPartitionsToTxn',
    addPartitionsRequest(scope, offsets),
    [0, 1],
    `${who} 00000002 0001 61 00000002 00000001 00000002 0001 62 00000001 00000000`,
  ],
  ['AddOffsetsToTxn', addOffsetsRequest(scope, 'g'), [0, 1], `${who} 0001 67`],
  ['EndTxn, commit', endTxnRequest(scope, 'commit'), [0, 1], `${who} 01`],
  ['EndTxn, abort', endTxnRequest(scope, 'abort'), [0, 1], `${who} 00`],
  [
    'TxnOffsetCommit',
    txnOffsetCommitRequest(scope, member, offsets),
    [3],
    `00 03 7478 02 67 0000000000000102 0003 00000007 04 6d2d31 00
     03 02 61 03 00000001 0000000000000005 ffffffff 00 00 00000002 0000000000000007 ffffffff 00 00 00
        02 62 02 00000000 0000000000000006 ffffffff 02 78 00 00 00`,
  ],
  [
    'TxnOffsetCommit of a static member',
    txnOffsetCommitRequest(scope, { ...member, instanceId: 'i' }, []),
    [3],
    '00 03 7478 02 67 0000000000000102 0003 00000007 04 6d2d31 02 69 01 00',
  ],
])('asks %s', (_what, request, versions, bytes) => {
  expect(request.versions).toEqual(versions)
  expect(request.encode(versions[0] ?? 0).toString('hex')).toBe(bytes.replaceAll(/\s/g, ''))
})

it.each<[string, WireRequest<unknown>, string, unknown]>([
  [
    'FindCoordinator',
    findCoordinatorRequest({ kind: 'group', key: 'g' }),
    '00000000 0000 ffff 00000002 0001 68 00002384',
    { errorCode: 0, node: { nodeId: 2, host: 'h', port: 9092 } },
  ],
  [
    'a refused FindCoordinator',
    findCoordinatorRequest({ kind: 'group', key: 'g' }),
    '00000000 001e 0002 6e6f ffffffff 0000 ffffffff',
    { errorCode: 30, node: { nodeId: -1, host: '', port: -1 } },
  ],
  [
    'AddPartitionsToTxn',
    addPartitionsRequest(scope, []),
    '00000000 00000002 0001 61 00000002 00000001 0003 00000002 0037 0001 62 00000001 00000000 0000',
    [
      { topic: 'a', partition: 1, errorCode: 3 },
      { topic: 'a', partition: 2, errorCode: 55 },
      { topic: 'b', partition: 0, errorCode: 0 },
    ],
  ],
  ['AddOffsetsToTxn', addOffsetsRequest(scope, 'g'), '00000000 0033', 51],
  ['EndTxn', endTxnRequest(scope, 'commit'), '00000000 ffff', -1],
  [
    'TxnOffsetCommit',
    txnOffsetCommitRequest(scope, member, offsets),
    '00 00000000 02 02 61 03 00000001 0016 00 00000002 0000 00 00 00',
    [
      { topic: 'a', partition: 1, errorCode: 22 },
      { topic: 'a', partition: 2, errorCode: 0 },
    ],
  ],
  [
    'InitProducerId',
    transactionalProducerIdRequest({ transactionalId: 'tx', transactionTimeoutMs: 1 }),
    '00000000 0000 0000000000000102 0003',
    { errorCode: 0, producerId: 258n, epoch: 3 },
  ],
])('reads the answer to %s', (_what, request, bytes, answer) => {
  expect(request.decode(Buffer.from(bytes.replaceAll(/\s/g, ''), 'hex'), request.versions[0] ?? 0)).toEqual(answer)
})

it.each([
  ['an empty member id', { memberId: '' }],
  ['no generation', { generation: -1 }],
])('never commits offsets with %s, which a broker takes from anybody', (_what, without) => {
  const request = txnOffsetCommitRequest(scope, { ...member, ...without }, offsets)
  expect(() => request.encode(3)).toThrow(TypeError)
})
