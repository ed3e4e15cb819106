import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildOnce, cacheKey } from './cache-directory.js'
import { kafkaJvmFile, type KafkaJvm } from './kafka-jars.js'
import { kafkaCommand } from './kafka-node.js'
import { serverProperties } from './kafka-properties.js'
import { runCommand } from './run-command.js'
import { TestKitError } from './test-kit-error.js'

/**
 * A directory as `kafka-storage format` leaves it, made once and copied for every run. The path and the ports in it do
 * not matter: Kafka takes those of server.properties. `formatArgs` are for `--add-scram` and the like.
 */
export async function formattedStorage(
  jvm: KafkaJvm,
  formatArgs: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const template = await readFile(kafkaJvmFile('single.properties'), 'utf8')
  const target = join(jvm.cache, `storage-${cacheKey(jvm.key, template, ...formatArgs)}`)
  return buildOnce(target, async (directory) => {
    const file = join(directory, 'server.properties')
    const address = { directory, port: 1, controllerPort: 2, extraPorts: [] }
    await writeFile(file, serverProperties(template, address, { listeners: [], properties: {} }))

    const args = ['format', '-t', storageId(), '-c', file, '--standalone', ...formatArgs]
    const command = kafkaCommand(jvm, [], 'kafka.tools.StorageTool', args)
    const outcome = await runCommand(jvm.java.java, command, { timeoutMs: 60_000, signal })
    if (outcome.kind === 'done') return
    const why = outcome.kind === 'failed' ? `${outcome.reason}\n${outcome.output}` : 'java is gone'
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `Kafka's storage format failed: ${why}`)
  })
}

/** 16 bytes in base64url. The first is fixed, because an id that begins with "-" would be read as an option. */
const storageId = (): string => Buffer.concat([Buffer.from([1]), randomBytes(15)]).toString('base64url')
