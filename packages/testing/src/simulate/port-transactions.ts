import { fail, MillraceError, type Transaction, type TransactionalSender } from '@millrace/core'
import { innerCommits } from './known-lease.js'
import type { CallThrough } from './port-calls.js'

/** A producer that was fenced takes its id back with the next transaction, as the driver for kafkajs does. */
export function transactionsThrough(
  first: TransactionalSender,
  reopen: () => Promise<TransactionalSender>,
  transactionalId: string,
  call: CallThrough,
): TransactionalSender {
  const aborted = () => fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId, reason: 'its signal was aborted' })
  let current: Promise<TransactionalSender> = Promise.resolve(first)
  let isFenced = false
  const producer = (): Promise<TransactionalSender> => {
    if (isFenced) current = reopen()
    isFenced = false
    return current
  }
  return {
    begin() {
      // The cluster hears of it with its first record or offset.
      let begun: Promise<Transaction> | undefined
      const transaction = (): Promise<Transaction> => (begun ??= producer().then((inner) => inner.begin()))
      return {
        send: (record) =>
          call(`send to ${record.topic} in a transaction`, async () => (await transaction()).send(record)),
        commit: (offsets, signal) =>
          call('commit of a transaction', async () => {
            const own = await transaction()
            if (signal?.aborted === true) {
              await own.abort()
              throw aborted()
            }
            try {
              await own.commit(offsets === undefined ? undefined : innerCommits(offsets))
            } catch (error) {
              isFenced = error instanceof MillraceError && error.code === 'MILLRACE_TRANSACTION_FENCED'
              throw error
            }
          }),
        abort: () => call('abort', async () => (await begun)?.abort()),
      }
    },
    close: () => call('close transactions', async () => (await current).close()),
  }
}
