import {
  createJavaProbe,
  createKafkaAdmin,
  isUnavailable,
  type JavaProbe,
  type KafkaAdmin,
  startJavaProbe,
  startJvmBroker,
} from '@millrace/testing'

/** A Kafka for the demo, and Kafka's own Java clients to look into it: they judge what millrace did. */
export interface DemoKafka {
  readonly brokers: string
  readonly isOurs: boolean
  readonly admin: KafkaAdmin
  readonly probe: JavaProbe
  stop(): Promise<void>
}

/** Starts Kafka on this machine, or uses the one at `brokers`. Throws with one readable line when Java or Maven are missing. */
export async function startKafka(brokers: string | undefined, signal: AbortSignal): Promise<DemoKafka> {
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await one()
  }
  try {
    const bootstrap = brokers?.split(',') ?? (await ownBroker())
    const running = available(await startJavaProbe({ signal }))
    stops.push(() => running.stop())
    const probe = createJavaProbe({ port: running.port, bootstrap })
    stops.push(() => probe.close())
    const isOurs = brokers === undefined
    return { brokers: bootstrap.join(','), isOurs, admin: createKafkaAdmin(probe), probe, stop }
  } catch (error) {
    await stop()
    throw error
  }

  async function ownBroker(): Promise<readonly string[]> {
    const broker = available(await startJvmBroker({ signal }))
    stops.push(() => broker.stop())
    return broker.bootstrap
  }
}

function available<Found extends object>(found: Found | { readonly unavailable: string }): Found {
  if (!isUnavailable(found)) return found
  throw new Error(`the demo needs Java 17 or newer (a JDK) and, the first time, Maven: ${found.unavailable}`)
}
