/**
 * A process with a broker in it and nothing else, for measurements of memory: it tells how much it takes before the broker is even
 * loaded, and again whenever it is asked, after the garbage collector has run.
 */
import { setTimeout as after } from 'node:timers/promises'

export interface HostReport {
  readonly residentBytes: number
  /** Bytes of batches in all logs. */
  readonly storedBytes: number
  readonly bootstrap: readonly string[]
}

async function residentBytes(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    await after(100)
  }
  return process.memoryUsage().rss
}

const send = (report: HostReport): void => void process.send?.(report)

const before = await residentBytes()
const { startBroker } = await import('@millrace/broker')
const broker = await startBroker({ memoryLimit: '1GiB', autoCreateTopics: true, defaultPartitions: 6 })
send({ residentBytes: before, storedBytes: 0, bootstrap: broker.bootstrapServers })
process.on('message', () => {
  const logs = broker.inspect.topics.flatMap(({ partitions }) => partitions)
  const storedBytes = logs.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)
  void residentBytes().then((now) => send({ residentBytes: now, storedBytes, bootstrap: broker.bootstrapServers }))
})
process.on('disconnect', () => process.exit())
