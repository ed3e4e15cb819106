import type { SharedBroker } from '../../brokers/shared-broker.js'

const GAP = 50

/**
 * A record, a gap that compaction has left, and records behind it. The cleaner of the broker looks every 15 s by itself;
 * meanwhile it looks more often.
 */
export async function createCompacted(
  { admin, probe }: Pick<SharedBroker, 'admin' | 'probe'>,
  topic: string,
  limitMs: number,
): Promise<void> {
  const configs = { 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0.001' }
  await admin.createTopic(topic, { configs })
  const [partition] = (await admin.describeTopic(topic)).partitions
  const broker = partition?.leader ?? 1
  await admin.alterBroker(broker, { 'log.cleaner.backoff.ms': '100' })
  try {
    const gone = Array.from({ length: GAP }, () => ({ key: 'gone', value: 'x' }))
    await probe.produce(topic, [{ key: 'stays', value: 'x' }, ...gone, { key: 'last', value: 'x' }])
    const endMs = performance.now() + limitMs
    for (;;) {
      // Segments are rolled by the time of their records, and the last one is never compacted.
      await probe.produce(topic, [{ key: 'gone', value: 'newest' }])
      const left = await probe.read(topic)
      if (left.every(({ offset }) => offset === 0n || offset > BigInt(GAP))) return
      if (performance.now() > endMs) throw new Error(`${topic} was not compacted within ${limitMs} ms`)
    }
  } finally {
    await admin.alterBroker(broker, { 'log.cleaner.backoff.ms': null })
  }
}
