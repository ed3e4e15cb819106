/** A Kafka that tests may use, however it came to be. */
export interface BrokerUnderTest {
  readonly kind: 'embedded' | 'jvm' | 'testcontainers' | 'external'
  /** `host:port` of the plaintext listeners. Where a launcher of ours chose the address it is on 127.0.0.1. */
  readonly bootstrap: readonly string[]
  /** `host:port` by name of each extra listener that was asked for. */
  readonly listeners: Readonly<Record<string, string>>
  /** How to hurt it: only where the launcher owns the broker, so never a user's cluster. */
  readonly control: BrokerControl | undefined
  /** Ends what the launcher started and removes its files; safe to call twice. Does nothing to an external cluster. */
  stop(): Promise<void>
}

export interface BrokerControl {
  /** Process id of the broker now, another one after a restart; undefined where it runs inside this process. */
  readonly pid: number | undefined
  /** Connections stay open and new ones are accepted, but nothing answers: SIGSTOP. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Every connection ends and nobody listens: SIGKILL, and waits for the end. What it has stored and the ports stay for `restart`. */
  kill(): Promise<void>
  /** Starts it again with what it has stored and on the same ports, stopping it first where it still runs. Resolves when it is ready. */
  restart(): Promise<void>
}

/** Of a broker that is a process. */
export interface ProcessControl extends BrokerControl {
  readonly pid: number
}

/** Why there is no broker, in one line that ends with the way out. A value, because a missing Java is not a failed test. */
export interface BrokerUnavailable {
  readonly unavailable: string
}

export const isUnavailable = (found: object): found is BrokerUnavailable => 'unavailable' in found
