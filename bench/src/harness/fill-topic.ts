import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RawHeader } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'

export interface Filling {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly valueBytes: number
  /** Per record. Default 0. */
  readonly headers?: number
  /** The first partition to fill. Default 0. */
  readonly from?: number
}

/** Records one after another over all partitions; each value begins with its number. */
export async function fillTopic(filling: Filling): Promise<void> {
  const { brokers, topic, partitions, records, valueBytes, headers: headerCount = 0, from: first = 0 } = filling
  const headers = Array.from(
    { length: headerCount },
    (_, at): RawHeader => [Buffer.from(`header-${at}`), Buffer.from(`value of header ${at}`)],
  )
  const driver = createKafkajsDriver({ brokers })
  const sender = await driver.openSender({ compression: 'none' })
  const wave = 5_000
  for (let from = 0; from < records; from += wave) {
    const sends = Array.from({ length: Math.min(wave, records - from) }, (_, at) => {
      const value = Buffer.alloc(valueBytes, 'v')
      value.writeUInt32BE(from + at)
      return sender.send({ topic, partition: first + (at % partitions), key: null, value, headers })
    })
    await Promise.all(sends)
  }
  await sender.close()
  await driver.close()
}

/** The same from a process of its own, so that what it needed is not part of a measurement of memory. */
export async function fillTopicElsewhere(filling: Filling): Promise<void> {
  const { href } = new URL('./fill-topic.js', import.meta.url)
  const program = `const { fillTopic } = await import(${JSON.stringify(href)}); await fillTopic(${JSON.stringify(filling)})`
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
}
