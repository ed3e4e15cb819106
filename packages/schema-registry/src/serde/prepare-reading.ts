import { isMillraceError, isOutage, type SerdeUse } from '@millrace/core'
import { isRefusal, type SchemaRegistry } from '../registry/schema-registry.js'
import { refusalError } from './registration.js'
import type { SchemaCodec } from './schema-codec.js'

/**
 * Looks whether the newest schema of a topic can be read as ours. That it can't is a warning only: older records may well be
 * readable, and the others go the way of all that do not decode. A registry that is away is no reason to stay down either, since
 * records that need it wait.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` where the registry denies access or is none
 */
export async function prepareReading(
  codec: SchemaCodec<unknown, never>,
  registry: SchemaRegistry,
  subject: string,
  { topic, part, logger, signal }: SerdeUse,
): Promise<void> {
  const place = { topic, part, subject }
  try {
    const latest = await registry.latest(subject, signal)
    if (isRefusal(latest)) throw refusalError({ registry, subject, context: { topic, part } }, latest)
    if (latest === undefined) return // nobody has written yet
    tryToRead(codec, latest, (reason) =>
      logger.warn({ ...place, reason }, 'the newest schema of the topic can not be read as the one declared here'),
    )
  } catch (error) {
    if (!isOutage(error) || !isMillraceError(error)) throw error
    logger.warn({ ...place, err: error }, 'the schema registry is away: records wait until it answers')
  }
}

function tryToRead(
  codec: SchemaCodec<unknown, never>,
  latest: Parameters<SchemaCodec<unknown, never>['readerOf']>[0],
  warn: (reason: string) => void,
): void {
  try {
    codec.readerOf(latest)
  } catch (thrown) {
    warn(thrown instanceof Error ? thrown.message : 'it can not be parsed')
  }
}
