import { type Driver, fail, type Logger, type MillraceError, type Problem } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import type { KafkaOptions } from '../kafka-options.js'
import { openConnection } from './open-connection.js'
import type { Env } from './variables.js'

export interface OpenedDriver {
  readonly driver: Driver
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** The driver that the environment describes. It touches no network before it is used; with problems it can't be used. */
export function openDriver(env: Env, kafka: KafkaOptions, logger: Logger): OpenedDriver {
  const { value, problems, warnings } = openConnection(env, kafka, logger)
  const refusal = refuse(problems)
  return { driver: refusal === undefined ? createKafkajsDriver(value) : unusable(refusal), problems, warnings }
}

/** The one error that names all problems, if there are any. */
export const refuse = (problems: readonly Problem[]): MillraceError | undefined =>
  problems.length === 0 ? undefined : fail('MILLRACE_CONFIG_INVALID', { problems })

/** Stands where a driver would, so that a worker with a wrong environment can still be asked and stopped. */
const unusable = (refusal: MillraceError): Driver => ({
  name: 'none',
  capabilities: { transactions: false, staticMembership: false },
  describeTopics: () => Promise.reject(refusal),
  openSender: () => Promise.reject(refusal),
  join: () => {
    throw refusal
  },
  close: () => Promise.resolve(),
})
