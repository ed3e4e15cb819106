import { open } from 'node:fs/promises'
import { join } from 'node:path'
import kafkajs from 'kafkajs'

const SEGMENT = '00000000000000000000.log'

/** The first segment of a partition as its broker has it on disk: what no client can write is written here. */
export interface StoredLog {
  read(): Promise<Buffer>
  /** Over what is there, in place: a broker sends such bytes as they are, without a restart. */
  write(bytes: Buffer): Promise<void>
}

/** The broker runs on this machine and tells where its logs are. */
export async function storedLog(brokers: readonly string[], topic: string, partition = 0): Promise<StoredLog> {
  const file = join(await logDirectory(brokers), `${topic}-${partition}`, SEGMENT)
  return {
    async read() {
      const handle = await open(file, 'r')
      try {
        return await handle.readFile()
      } finally {
        await handle.close()
      }
    },
    async write(bytes) {
      const handle = await open(file, 'r+')
      try {
        await handle.write(bytes, 0, bytes.length, 0)
      } finally {
        await handle.close()
      }
    },
  }
}

async function logDirectory(brokers: readonly string[]): Promise<string> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  try {
    await admin.connect()
    const name = String((await admin.describeCluster()).controller ?? 1)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name, configNames: ['log.dirs'] }],
    })
    const found = resources[0]?.configEntries.find(({ configName }) => configName === 'log.dirs')?.configValue
    if (found === undefined) throw new Error('the broker does not say where its logs are')
    return found
  } finally {
    await admin.disconnect()
  }
}

/** Where each batch begins. */
export function batchStarts(log: Buffer): readonly number[] {
  const starts: number[] = []
  for (let at = 0; at + 12 <= log.length && log.readInt32BE(at + 8) > 0; at += 12 + log.readInt32BE(at + 8)) {
    starts.push(at)
  }
  return starts
}
