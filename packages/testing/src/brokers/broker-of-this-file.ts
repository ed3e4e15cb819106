import { type EmbeddedBroker, startEmbeddedBroker } from './embedded-broker.js'

/** Vitest loads modules anew for each test file, so this is one broker for each. */
let starting: Promise<EmbeddedBroker> | undefined

/** The same broker for every suite of a test file. */
export const brokerOfThisFile = (): Promise<EmbeddedBroker> => (starting ??= startEmbeddedBroker())

/** Safe to call when it was never started, and twice. */
export async function stopBrokerOfThisFile(): Promise<void> {
  const broker = await starting
  await broker?.stop()
}
