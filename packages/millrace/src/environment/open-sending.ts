import type { Driver, Logger } from '@millrace/core'
import { createLogger } from '@millrace/telemetry'
import { readOutside } from '../configuration/read-outside.js'
import type { KafkaOptions } from '../kafka-options.js'
import { openDriver, refuse } from './open-driver.js'
import { openTracing } from './open-tracing.js'
import { readProcess } from './read-environment.js'
import { createSettings } from './settings.js'
import type { Env } from './variables.js'

export interface SendingParts {
  readonly env: Env
  readonly kafka: KafkaOptions
  readonly logger: Logger | undefined
  readonly driver: Driver | undefined
}

/**
 * The driver of a producer: the one that was passed, or that which the environment describes.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` with all faults of environment and config file
 */
export function openSending({ env, kafka, logger: given, driver }: SendingParts): Driver {
  const { said, problems, warnings } = readOutside(env)
  const tracing = openTracing({ env, said, kafka })
  if (driver !== undefined) return tracing.watch(driver)
  const logger = given ?? createLogger({ level: readProcess(createSettings(said)).value.logLevel })
  const opened = openDriver(said, kafka, logger)
  const refusal = refuse([...problems, ...opened.problems])
  if (refusal !== undefined) throw refusal
  for (const warning of [...warnings, ...opened.warnings]) logger.warn({}, warning)
  return tracing.watch(opened.driver)
}
