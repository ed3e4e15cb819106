import { bytes, createWorker, defineConsumer, handle, type HandlerMethod, silentLogger, topic } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import type { Drain } from './drain-contest.js'

/** One worker with a group of its own, with default buffers, until `done`. */
export async function runWorker<Result>(
  { brokers, topic: name }: Pick<Drain, 'brokers' | 'topic'>,
  onRecord: HandlerMethod<Buffer, Buffer>,
  done: Promise<Result>,
): Promise<Result> {
  const consumer = defineConsumer({
    group: uniqueName('bench-ours'),
    handlers: [handle(topic(name, { key: bytes, value: bytes }), { onExhausted: 'halt' }, onRecord)],
  })
  const driver = createKafkajsDriver({ brokers })
  const worker = createWorker({ consumers: [consumer], driver, logger: silentLogger })
  await worker.start()
  try {
    return await done
  } finally {
    await worker.stop()
  }
}
