import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { classArchiveOptions } from './class-archive.js'
import { formattedStorage, type StorageOptions } from './formatted-storage.js'
import { freePorts } from './free-ports.js'
import { kafkaJvmFile, type KafkaJvm } from './kafka-jars.js'
import { type NodeStart, startKafkaNode } from './kafka-node.js'
import { type ExtraListener, type NodeAddress, refusedProperties, serverProperties } from './kafka-properties.js'
import { type RunningNode, runningNode } from './running-node.js'
import { TestKitError } from './test-kit-error.js'

export interface NodesOptions extends StorageOptions {
  readonly properties: Readonly<Record<string, string>>
  readonly listenersOf: (nodeId: number) => readonly ExtraListener[]
  readonly javaOptions: readonly string[]
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

type Place = Omit<NodeAddress, 'directory'>

const startsWithOtherPorts = 3

/** Starts the nodes of one cluster side by side; resolves when each of them is ready. Leaves nothing behind when it rejects. */
export async function startNodes(jvm: KafkaJvm, options: NodesOptions): Promise<readonly RunningNode[]> {
  const refused = refusedProperties(options.properties)
  if (refused.length > 0) {
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `the launcher decides ${refused.join(', ')} itself`)
  }
  const storage = await formattedStorage(jvm, options, options.signal)
  const archive = await classArchiveOptions(jvm, options.signal)
  const javaOptions = [...archive, ...options.javaOptions]
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnFreePorts(jvm, storage, { ...options, javaOptions })
    } catch (error) {
      if (tries >= startsWithOtherPorts || !isPortTaken(error)) throw error
    }
  }
}

async function startOnFreePorts(jvm: KafkaJvm, storage: string, options: NodesOptions): Promise<RunningNode[]> {
  const places = await freePlaces(options)
  const failed = new AbortController()
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, options.signal])
  const starting = places.map(async (place) => {
    try {
      const peers = places.filter((other) => other !== place).map(({ port }) => port)
      return await startOne(jvm, { storage, place, peers }, { ...options, signal })
    } catch (error) {
      failed.abort(error) // its cluster would wait for it in vain; the first reason stays
      throw error
    }
  })
  const nodes = (await Promise.allSettled(starting)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  if (!failed.signal.aborted) return nodes
  await Promise.all(nodes.map((node) => node.stop()))
  throw failed.signal.reason
}

async function freePlaces({ nodeIds, listenersOf }: NodesOptions): Promise<Place[]> {
  const extra = nodeIds.map((nodeId) => listenersOf(nodeId).length)
  const ports = await freePorts(extra.reduce((sum, count) => sum + 2 + count, 0))
  const own = nodeIds.map((nodeId, index) => {
    const [port = 0, controllerPort = 0, ...extraPorts] = ports.splice(0, 2 + (extra[index] ?? 0))
    return { nodeId, port, controllerPort, extraPorts }
  })
  const voters = own.map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`).join()
  return own.map((place) => ({ ...place, voters }))
}

async function startOne(
  jvm: KafkaJvm,
  { storage, place, peers }: { storage: string; place: Place; peers: readonly number[] },
  { template, listenersOf, properties, javaOptions, timeoutMs, signal }: NodesOptions,
): Promise<RunningNode> {
  const { nodeId: id, port, extraPorts } = place
  const listeners = listenersOf(id)
  const directory = await mkdtemp(join(tmpdir(), 'millrace-kafka-'))
  try {
    await cp(join(storage, String(id)), directory, { recursive: true })
    const text = serverProperties(
      await readFile(kafkaJvmFile(template), 'utf8'),
      { ...place, directory },
      { listeners, properties },
    )
    await writeFile(join(directory, 'server.properties'), text)
    const start: NodeStart = { jvm, directory, port, peers, javaOptions, timeoutMs, signal }
    const addresses = listeners.map(({ name }, index) => [name, `127.0.0.1:${extraPorts[index]}`])
    return runningNode(await startKafkaNode(start), start, { id, listeners: Object.fromEntries(addresses) })
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** Java's own words, since another process may take a picked port first. */
const isPortTaken = (error: unknown): boolean =>
  error instanceof TestKitError && error.message.includes('Address already in use')
