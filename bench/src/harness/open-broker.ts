import { type KafkaAdmin, openSharedBroker, startSharedBroker } from '@millrace/testing'

export interface BenchBroker {
  readonly bootstrap: readonly string[]
  readonly admin: KafkaAdmin
  readonly stop: () => Promise<void>
}

/** A real Kafka for one benchmark. */
export async function openBroker(): Promise<BenchBroker> {
  const shared = await startSharedBroker()
  const { address } = shared
  if (address.kind === 'unavailable') throw new Error(`This benchmark needs Kafka: ${address.reason}`)
  const { bootstrap, admin, probe } = openSharedBroker(address)
  return {
    bootstrap,
    admin,
    async stop() {
      await probe.close()
      await shared.stop()
    },
  }
}
