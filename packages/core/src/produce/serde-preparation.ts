import type { SerdeUse } from '../declare/serde.js'
import type { AnyTopic } from '../declare/topic.js'
import { orAborted } from '../observe/or-aborted.js'

/** Makes the serdes of a topic ready for a producer; undefined where there is nothing (more) to wait for. */
export type PrepareTopic = (topic: AnyTopic, name: string, signal?: AbortSignal) => Promise<void> | undefined

/**
 * Once for each topic: calls that come meanwhile wait for the same promise, and after a failure the next call tries again. `closed`
 * ends it with its owner; the signal of a call ends only that call's wait.
 */
export function createTopicPreparation(
  { env, logger }: Pick<SerdeUse, 'env' | 'logger'>,
  closed: AbortSignal,
): PrepareTopic {
  const ready = new WeakSet<AnyTopic>()
  const underWay = new Map<AnyTopic, Promise<void>>()

  async function prepare(topic: AnyTopic, name: string): Promise<void> {
    try {
      const around = { topic: name, direction: 'write', env, logger, signal: closed } as const
      await topic.key.prepare?.({ ...around, part: 'key' })
      await topic.value.prepare?.({ ...around, part: 'value' })
      // Only when everybody who waited has gone on: a later send must not overtake them.
      setImmediate(() => {
        ready.add(topic)
        underWay.delete(topic)
      })
    } catch (error) {
      underWay.delete(topic)
      throw error
    }
  }

  return (topic, name, signal) => {
    if (ready.has(topic)) return undefined
    if (topic.key.prepare === undefined && topic.value.prepare === undefined) return undefined
    const promise = underWay.get(topic) ?? prepare(topic, name)
    underWay.set(topic, promise)
    return signal === undefined ? promise : orAborted(promise, signal)
  }
}
