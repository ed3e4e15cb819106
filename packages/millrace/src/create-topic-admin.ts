import { type Duration, type Logger, toMs } from '@millrace/core'
import type { TopicAdmin } from '@millrace/kafkajs'
import { createLogger } from '@millrace/telemetry'
import { readOutside } from './configuration/read-outside.js'
import { openConnection } from './environment/open-connection.js'
import { refuse } from './environment/open-driver.js'
import { readProcess } from './environment/read-environment.js'
import { createSettings } from './environment/settings.js'
import type { Env } from './environment/variables.js'
import type { KafkaOptions } from './kafka-options.js'

export interface TopicAdminOptions {
  readonly kafka?: KafkaOptions
  /** How long it tries to reach a broker. Default: 20 s. */
  readonly connectTimeout?: Duration
  readonly logger?: Logger
  readonly env?: Env
}

/**
 * Looks topics up and creates missing ones, over the same connection settings as workers and producers.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` with all faults at once
 */
export function createTopicAdmin(options: TopicAdminOptions = {}): TopicAdmin {
  const { kafka = {}, connectTimeout, logger: given, env = process.env } = options
  const outside = readOutside(env)
  const logger = given ?? createLogger({ level: readProcess(createSettings(outside.said)).value.logLevel })
  const { value, problems, warnings } = openConnection(outside.said, kafka, logger)
  const refusal = refuse([...outside.problems, ...problems])
  if (refusal !== undefined) throw refusal
  for (const warning of [...outside.warnings, ...warnings]) logger.warn({}, warning)
  const connectLimit = connectTimeout === undefined ? {} : { connectLimitMs: toMs(connectTimeout) }
  let loading: Promise<TopicAdmin> | undefined
  const admin = (): Promise<TopicAdmin> =>
    (loading ??= import('@millrace/kafkajs').then((kafkajs) => kafkajs.createTopicAdmin({ ...value, ...connectLimit })))
  return {
    ensureTopics: async (specs, signal) => (await admin()).ensureTopics(specs, signal),
    describe: async (names, signal) => (await admin()).describe(names, signal),
    async close() {
      const opened = await loading?.catch(() => undefined) // what could not be loaded has opened nothing
      await opened?.close()
    },
  }
}
