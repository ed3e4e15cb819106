import type { MessageContext } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { outputsOf, type plannedTransform } from './planned-transform.js'
import { parsePlanned } from './planned-record.js'

/**
 * The bug that transactions are there for, seeded: the outputs of a record go out by a plain producer while its handler runs, so
 * they stay when the worker dies before its offset is committed, and come again.
 */
export function sendingOutside(
  honest: ReturnType<typeof plannedTransform>,
  brokers: readonly string[],
  topic: string,
): ReturnType<typeof plannedTransform> {
  const opened = createKafkajsDriver({ brokers }).openSender()
  opened.catch(() => undefined) // each record is told when it is sent
  return async (value, ctx: MessageContext<string>) => {
    await honest(value, ctx)
    const sender = await opened
    const key = ctx.key === null ? null : Buffer.from(ctx.key)
    const values = outputsOf(parsePlanned(value)).map((output) => Buffer.from(JSON.stringify(output)))
    await Promise.all(
      values.map((bytes) => sender.send({ topic, partition: ctx.partition, key, value: bytes, headers: [] })),
    )
    return undefined
  }
}
