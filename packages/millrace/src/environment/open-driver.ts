import { type Driver, fail, type Logger, type MillraceError, type Problem } from '@millrace/core'
import type { KafkaOptions } from '../kafka-options.js'
import { createLazyDriver } from './lazy-driver.js'
import { openConnection } from './open-connection.js'
import type { Said } from './settings.js'

export interface OpenedDriver {
  readonly driver: Driver
  /** Gets the driver ready to join. */
  load(): Promise<void>
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** The driver that environment, config file and code describe. It touches no network before it is used; with problems it can't be used. */
export function openDriver(said: Said, kafka: KafkaOptions, logger: Logger): OpenedDriver {
  const { value, problems, warnings } = openConnection(said, kafka, logger)
  const refusal = refuse(problems)
  if (refusal !== undefined)
    return { driver: unusable(refusal), load: () => Promise.reject(refusal), problems, warnings }
  const { partitioners = {}, limits = {} } = kafka
  const driver = createLazyDriver({ ...value, partitioners, limits })
  return { driver, load: () => driver.load(), problems, warnings }
}

/** A driver that was passed in code: there is nothing to read and nothing to load. */
export const givenDriver = (driver: Driver): OpenedDriver => ({
  driver,
  load: () => Promise.resolve(),
  problems: [],
  warnings: [],
})

/** The one error that names all problems, if there are any. */
export const refuse = (problems: readonly Problem[]): MillraceError | undefined =>
  problems.length === 0 ? undefined : fail('MILLRACE_CONFIG_INVALID', { problems })

/** Stands where a driver would, so that a worker with a wrong environment can still be asked and stopped. */
const unusable = (refusal: MillraceError): Driver => ({
  name: 'none',
  capabilities: { transactions: false, staticMembership: false },
  describeTopics: () => Promise.reject(refusal),
  openSender: () => Promise.reject(refusal),
  openTransactions: () => Promise.reject(refusal),
  join: () => {
    throw refusal
  },
  close: () => Promise.resolve(),
})
