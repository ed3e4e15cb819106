/** A Kafka that tests may use, however it came to be. */
export interface BrokerUnderTest {
  readonly kind: 'jvm' | 'testcontainers' | 'external'
  /** `host:port` of the plaintext listeners. Where a launcher of ours chose the address it is on 127.0.0.1. */
  readonly bootstrap: readonly string[]
  /** `host:port` by name of each extra listener that was asked for. */
  readonly listeners: Readonly<Record<string, string>>
  /** How to hurt it: only where the launcher owns the process, so never a user's cluster. */
  readonly control: BrokerControl | undefined
  /** Ends what the launcher started and removes its files; safe to call twice. Does nothing to an external cluster. */
  stop(): Promise<void>
}

export interface BrokerControl {
  /** Process id of the broker now; another one after a restart. */
  readonly pid: number
  /** SIGSTOP: connections stay open and are even accepted, but nothing answers. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGKILL, and waits for the end. The directory and the ports stay for `restart`. */
  kill(): Promise<void>
  /** Starts it again on the same directory and ports, stopping it in order first where it still runs. Resolves when it is ready. */
  restart(): Promise<void>
}

/** Why there is no broker, in one line that ends with the way out. A value, because a missing Java is not a failed test. */
export interface BrokerUnavailable {
  readonly unavailable: string
}

export const isUnavailable = (found: object): found is BrokerUnavailable => 'unavailable' in found
