import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOnce, isThere } from './cache-directory.js'
import { formattedStorage } from './formatted-storage.js'
import { freePorts } from './free-ports.js'
import { kafkaJvmFile, type KafkaJvm } from './kafka-jars.js'
import { startKafkaNode } from './kafka-node.js'
import { serverProperties } from './kafka-properties.js'

const archiveName = 'kafka.jsa'
/** Writing the archive takes about 3 s on an idle machine. */
const writeLimitMs = 60_000

/**
 * JVM options that let a broker start from a class-data archive, a third faster. The archive is made once per JVM and
 * jar set by a broker that is started and stopped for nothing else.
 */
export async function classArchiveOptions(jvm: KafkaJvm, signal?: AbortSignal): Promise<readonly string[]> {
  const target = join(jvm.cache, `classes-${jvm.key}`)
  await buildOnce(target, (draft) => writeArchive(jvm, join(draft, archiveName), signal)).catch(() => {
    // Only slower without it; and a broker that can't start says so itself, right after this.
    signal?.throwIfAborted()
  })
  const archive = join(target, archiveName)
  return (await isThere(archive)) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off'] : []
}

async function writeArchive(jvm: KafkaJvm, file: string, signal?: AbortSignal): Promise<void> {
  const template = 'single.properties'
  const storage = await formattedStorage(jvm, { template, nodeIds: [1], formatArgs: [] }, signal)
  const directory = await mkdtemp(join(tmpdir(), 'millrace-archive-'))
  try {
    await cp(join(storage, '1'), directory, { recursive: true })
    const [port = 0, controllerPort = 0] = await freePorts(2)
    const voters = `1@127.0.0.1:${controllerPort}`
    const address = { directory, nodeId: 1, voters, port, controllerPort, extraPorts: [] }
    const text = await readFile(kafkaJvmFile(template), 'utf8')
    const settings = serverProperties(text, address, { listeners: [], properties: {} })
    await writeFile(join(directory, 'server.properties'), settings)

    const draft = join(directory, archiveName)
    const javaOptions = [`-XX:ArchiveClassesAtExit=${draft}`]
    const node = await startKafkaNode({ jvm, directory, port, javaOptions, timeoutMs: 60_000, signal })
    await node.stop(writeLimitMs)
    await cp(draft, file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
