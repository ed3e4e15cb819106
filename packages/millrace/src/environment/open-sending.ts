import type { Driver, Logger } from '@millrace/core'
import { createLogger } from '@millrace/telemetry'
import type { KafkaOptions } from '../kafka-options.js'
import { givenDriver, openDriver, refuse } from './open-driver.js'
import { readProcess } from './read-environment.js'
import type { Env } from './variables.js'

export interface SendingParts {
  readonly env: Env
  readonly kafka: KafkaOptions
  readonly logger: Logger | undefined
  readonly driver: Driver | undefined
}

/**
 * The driver of a producer: the one that was passed, or that which the environment describes.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` with all faults of the environment
 */
export function openSending({ env, kafka, logger: given, driver }: SendingParts): Driver {
  const logger = given ?? createLogger({ level: readProcess(env).value.logLevel })
  const opened = driver === undefined ? openDriver(env, kafka, logger) : givenDriver(driver)
  const refusal = refuse(opened.problems)
  if (refusal !== undefined) throw refusal
  for (const warning of opened.warnings) logger.warn({}, warning)
  return opened.driver
}
