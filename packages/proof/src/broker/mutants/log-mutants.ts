import type { Mutant } from './mutant.js'

const of = (name: string, file: string, search: string, replace: string, areas: readonly string[]): Mutant => ({
  name,
  file: `log/${file}`,
  search,
  replace,
  areas,
  suites: ['log'],
})

export const logMutants: readonly Mutant[] = [
  of('remembers six batches', 'producer-windows.ts', 'rememberedBatches = 5', 'rememberedBatches = 6', ['idempotence']),
  of(
    'says 46 for 45',
    'producer-windows.ts',
    'errorCode: errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER',
    'errorCode: errorCode.DUPLICATE_SEQUENCE_NUMBER',
    ['idempotence'],
  ),
  of(
    'takes any sequence of a newer epoch',
    'producer-windows.ts',
    'return baseSequence === 0 ? next : outOfOrder',
    'return next',
    ['idempotence'],
  ),
  of('writes for an old epoch', 'producer-windows.ts', 'if (producerEpoch < window.epoch) return fenced\n', '\n', [
    'idempotence',
  ]),
  of(
    'begins sequences anew after each marker',
    'producer-windows.ts',
    'const batches = window?.epoch === producerEpoch ? window.batches : []',
    'const batches: never[] = []',
    ['transactions-read', 'idempotence'],
  ),
  of(
    'writes a repeated batch again',
    'partition-log.ts',
    "if (verdict.kind === 'repeated') {",
    "if (verdict.kind === 'repeated' && now < 0) {",
    ['idempotence'],
  ),
  of(
    'stamps a batch with the offset before its own',
    'partition-log.ts',
    'stored.at, baseOffset, this.leaderEpoch',
    'stored.at, baseOffset - 1n, this.leaderEpoch',
    ['produce'],
  ),
  of('takes control batches from producers', 'check-batch.ts', 'return isControl(header) || ', 'return ', ['produce']),
  of(
    'looks at no checksum',
    'check-batch.ts',
    'batch.length < batchOverhead || !hasValidCrc(batch, 0, batch.length)',
    'batch.length < batchOverhead',
    ['produce'],
  ),
  of('leaves the old checksum when it stamps a time', 'record-batch.ts', '  stampCrc(bytes, at, sizeInBytes)\n', '\n', [
    'produce',
  ]),
  of(
    'looks for a time after the one that is asked for',
    'time-lookup.ts',
    '(record) => record.timestamp >= timestamp)\n    if (found',
    '(record) => record.timestamp > timestamp)\n    if (found',
    ['time-lookup'],
  ),
  of(
    'deletes records beyond the end',
    'partition-log.ts',
    'if (start < 0n || start > this.endOffset)',
    'if (start < 0n)',
    ['admin'],
  ),
]
