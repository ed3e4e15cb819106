import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildOnce, cacheKey } from './cache-directory.js'
import { kafkaJvmFile, type KafkaJvm } from './kafka-jars.js'
import { kafkaCommand } from './kafka-node.js'
import { type NodeAddress, serverProperties } from './kafka-properties.js'
import { runCommand } from './run-command.js'
import { TestKitError } from './test-kit-error.js'

export interface StorageOptions {
  /** A file of `kafka-jvm`. */
  readonly template: string
  /** One storage for each, all of one cluster. */
  readonly nodeIds: readonly number[]
  /** For `--add-scram` and the like. */
  readonly formatArgs: readonly string[]
}

/**
 * Directories as `kafka-storage format` leaves them, one per node and named after its id, made once and copied for every
 * run. The paths and the ports in them do not matter: Kafka takes those of server.properties.
 */
export async function formattedStorage(
  jvm: KafkaJvm,
  { template, nodeIds, formatArgs }: StorageOptions,
  signal?: AbortSignal,
): Promise<string> {
  const text = await readFile(kafkaJvmFile(template), 'utf8')
  const target = join(jvm.cache, `storage-${cacheKey(jvm.key, text, nodeIds.join(), ...formatArgs)}`)
  return buildOnce(target, async (draft) => {
    const cluster = storageId()
    const voters = nodeIds.map((nodeId) => `${nodeId}@127.0.0.1:2`).join()
    for (const nodeId of nodeIds) {
      const directory = join(draft, String(nodeId))
      await mkdir(directory)
      const file = join(directory, 'server.properties')
      const address: NodeAddress = { directory, nodeId, voters, port: 1, controllerPort: 2, extraPorts: [] }
      await writeFile(file, serverProperties(text, address, { listeners: [], properties: {} }))
      await format(jvm, ['format', '-t', cluster, '-c', file, ...formatArgs], signal)
    }
  })
}

async function format(jvm: KafkaJvm, args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const command = kafkaCommand(jvm, [], 'kafka.tools.StorageTool', args)
  const outcome = await runCommand(jvm.java.java, command, { timeoutMs: 60_000, signal })
  if (outcome.kind === 'done') return
  const why = outcome.kind === 'failed' ? `${outcome.reason}\n${outcome.output}` : 'java is gone'
  throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `Kafka's storage format failed: ${why}`)
}

/** 16 bytes in base64url. The first is fixed, because an id that begins with "-" would be read as an option. */
const storageId = (): string => Buffer.concat([Buffer.from([1]), randomBytes(15)]).toString('base64url')
