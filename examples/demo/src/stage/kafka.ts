import {
  createKafkaAdmin,
  createProbe,
  isUnavailable,
  type KafkaAdmin,
  type Probe,
  type RunningProbe,
  startEmbeddedBroker,
  startJavaProbe,
  startJvmBroker,
  startWireProbe,
} from '@millrace/testing'

/**
 * Where the demo runs. The embedded broker is in the demo's own process, since it then ends with the demo however that ends, and
 * Ctrl-C can not take it away from workers that still commit.
 */
export type Where =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'jvm' }
  | { readonly kind: 'external'; readonly brokers: string }

/** A Kafka for the demo, and a client that no worker uses to look into it: it judges what millrace did. */
export interface DemoKafka {
  readonly brokers: string
  readonly isOurs: boolean
  readonly admin: KafkaAdmin
  readonly probe: Probe
  /** What the probe looks with, in words. */
  readonly readWith: string
  /** How long its groups wait for a worker that was killed. */
  readonly sessionSeconds: number
  stop(): Promise<void>
}

interface Started {
  readonly bootstrap: readonly string[]
  stop(): Promise<void>
}

/** Starts what `where` says. Throws with one readable line when it needs Java or Maven and they are missing. */
export async function startKafka(where: Where, signal: AbortSignal): Promise<DemoKafka> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one()
  }
  try {
    const { bootstrap, ...broker } = await startBroker(where, signal)
    stops.push(() => broker.stop())
    const running = await startProbe(where, signal)
    stops.push(() => running.stop())
    const probe = createProbe({ port: running.port, bootstrap })
    stops.push(() => probe.close())
    return {
      brokers: bootstrap.join(','),
      isOurs: where.kind !== 'external',
      sessionSeconds: sessionSeconds[where.kind],
      admin: createKafkaAdmin(probe),
      probe,
      readWith: readers[running.kind],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A broker of our own takes a short one; Kafka refuses less than 6 s unless it was told otherwise. */
const sessionSeconds: Readonly<Record<Where['kind'], number>> = { embedded: 3, jvm: 3, external: 6 }

const readers: Readonly<Record<RunningProbe['kind'], string>> = {
  java: "Kafka's own Java clients",
  wire: 'raw requests, by a client that no worker uses',
}

async function startBroker(where: Where, signal: AbortSignal): Promise<Started> {
  switch (where.kind) {
    case 'embedded':
      return startEmbeddedBroker()
    case 'jvm':
      return available(await startJvmBroker({ signal }))
    case 'external':
      return { bootstrap: where.brokers.split(','), stop: async () => undefined }
  }
}

/** Nothing but Node is asked for where nothing but Node is needed; on a cluster the better judge is taken where it is there. */
async function startProbe({ kind }: Where, signal: AbortSignal): Promise<RunningProbe> {
  if (kind === 'embedded') return startWireProbe()
  const java = await startJavaProbe({ signal })
  return kind === 'external' && isUnavailable(java) ? startWireProbe() : available(java)
}

function available<Found extends object>(found: Found | { readonly unavailable: string }): Found {
  if (!isUnavailable(found)) return found
  throw new Error(`--kafka needs Java 17 or newer (a JDK) and, the first time, Maven: ${found.unavailable}`)
}
