import { randomUUID } from 'node:crypto'
import { everyHandler } from '../every-handler.js'
import type { HandlerPlan, Plan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { Driver } from '../receive/driver.js'
import type { PreparedWorker } from './prepare-worker.js'

const isExact = ({ delivery }: HandlerPlan): boolean => delivery === 'exactly-once'

const exactHandlers = (plan: Plan): readonly HandlerPlan[] => everyHandler(plan).filter(isExact)

/** Whether anything is sent outside a transaction: a dead letter, or an output of a transform that is at least once. */
export const needsSender = (plan: Plan): boolean =>
  everyHandler(plan).some(
    (one) => !isExact(one) && (one.transform !== undefined || one.exhaustion.kind === 'dead-letter'),
  )

/** @throws MillraceError `MILLRACE_DRIVER_LACKS`, which names the transforms that need transactions. */
export function requireTransactions(plan: Plan, driver: Driver): void {
  const needing = exactHandlers(plan)
  if (needing.length === 0 || driver.capabilities.transactions) return
  const names = needing.filter(({ routes }) => routes === undefined).map(({ name }) => name)
  const capability = `transactions, for the exactly-once ${names.join(', ')}`
  throw fail('MILLRACE_DRIVER_LACKS', { driver: driver.name, capability })
}

export interface OpeningTransactions {
  readonly driver: Driver
  readonly signal: AbortSignal
  /** What is open, by group, also where the next one could not be opened. */
  readonly opened: Map<string, TransactionalSender>
}

/** Opens one transactional producer for each group with an exactly-once transform. */
export async function openTransactions(
  { plan, options }: PreparedWorker,
  { driver, signal, opened }: OpeningTransactions,
): Promise<void> {
  const { transactionTimeoutMs } = options
  const instance = options.transactionalInstance ?? options.instanceId ?? randomUUID()
  for (const group of new Set(exactHandlers(plan).map((handler) => handler.group))) {
    signal.throwIfAborted()
    const transactionalId = `${group}-${instance}`
    opened.set(group, await driver.openTransactions({ transactionalId, transactionTimeoutMs }, signal))
  }
}
