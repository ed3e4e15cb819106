import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildOnce, isThere } from './cache-directory.js'
import type { KafkaJvm } from './kafka-jars.js'
import { startKafkaNode } from './kafka-node.js'

const archiveName = 'kafka.jsa'
/** Writing the archive takes about 3 s on an idle machine. */
const writeLimitMs = 60_000

/**
 * JVM options that let a broker start from a class-data archive, a third faster. The archive is made once per JVM and
 * jar set by a broker that is started and stopped for nothing else.
 */
export async function classArchiveOptions(
  jvm: KafkaJvm,
  prepare: (directory: string) => Promise<number>,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const target = join(jvm.cache, `classes-${jvm.key}`)
  await buildOnce(target, (draft) => writeArchive(jvm, join(draft, archiveName), prepare, signal)).catch(() => {
    // Only slower without it; and a broker that can't start says so itself, right after this.
    signal?.throwIfAborted()
  })
  const archive = join(target, archiveName)
  return (await isThere(archive)) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', '-Xlog:cds=off'] : []
}

async function writeArchive(
  jvm: KafkaJvm,
  file: string,
  prepare: (directory: string) => Promise<number>,
  signal?: AbortSignal,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-archive-'))
  try {
    const draft = join(directory, archiveName)
    const port = await prepare(directory)
    const javaOptions = [`-XX:ArchiveClassesAtExit=${draft}`]
    const node = await startKafkaNode({ jvm, directory, port, javaOptions, timeoutMs: 60_000, signal })
    await node.stop(writeLimitMs)
    await cp(draft, file)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
