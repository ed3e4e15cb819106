import type { Mutant } from './mutant.js'

const of = (
  name: string,
  file: string,
  search: string,
  replace: string,
  areas: readonly string[] = ['transactions-coordinate'],
): Mutant => ({
  name,
  file,
  search,
  replace,
  areas,
  suites: ['transactions', 'groups', 'requests'],
})

export const transactionMutants: readonly Mutant[] = [
  of(
    'writes no marker where nothing was produced',
    'transactions/write-markers.ts',
    'if (log === undefined) continue\n',
    "if (log === undefined || ('openTransactions' in log && !log.openTransactions().some((open) => open.producerId === producerId))) continue\n",
    ['transactions-read'],
  ),
  of(
    'takes any EndTxn for a repeated one',
    'transactions/transaction-machine.ts',
    'return isRepeated ? accepted(state) :',
    'return !isRepeated || isRepeated ? accepted(state) :',
  ),
  of(
    'writes to partitions that were not added',
    'transactions/verify-write.ts',
    'return isAdded ? errorCode.NONE : errorCode.INVALID_TXN_STATE',
    'return isAdded ? errorCode.NONE : errorCode.NONE',
  ),
  of(
    'forgets an open transaction when its producer is taken over',
    'transactions/producer-epochs.ts',
    "if (state.status === 'Ongoing') {",
    "if (state.status === 'Ongoing' && now < 0) {",
  ),
  of(
    'commits what was aborted',
    'log/control-batch.ts',
    'committed ? commitType : abortType',
    'committed ? commitType : commitType',
    ['transactions-read'],
  ),
  of(
    'commits offsets before their transaction',
    'groups/commit-offsets.ts',
    'group.offsets.stage(request.producerId, topic, partition, value)',
    'group.offsets.commit(topic, partition, value)',
    ['transactional-offsets'],
  ),
  of(
    'commits offsets of an aborted transaction',
    'groups/group-offsets.ts',
    'return isCommitted && (',
    'return isCommitted !== undefined && (',
    ['transactional-offsets'],
  ),
  of(
    'lets who timed out go on under its epoch',
    'transactions/producer-epochs.ts',
    'producerEpoch: Math.min(state.producerEpoch + 1, largestEpoch),',
    'producerEpoch: state.producerEpoch,',
  ),
  of(
    'lets no transaction grow too old',
    'transactions/transaction-machine.ts',
    'startedAt + timeoutMs < now',
    'startedAt + timeoutMs < 0',
  ),
  of(
    'has no moment between EndTxn and the markers',
    'transactions/transaction-machine.ts',
    'if (isEnding(state)) return refused(state, errorCode.CONCURRENT_TRANSACTIONS)\n  const stranger',
    'const stranger',
  ),
  of(
    'forgets the markers that were due before a restart',
    'transactions/transaction-coordinator.ts',
    'if (isEnding(state)) this.#markers.add(state.transactionalId)',
    'if (isEnding(state)) this.#markers.suspend()',
  ),
]
