/** A probe that listens: it looks into a cluster for whoever asks it, by commands in JSON lines (see `createProbe`). */
export interface RunningProbe {
  /** `java`: Kafka's own Java clients. `wire`: a client of the kit's, where there is no Java. */
  readonly kind: 'java' | 'wire'
  /** On 127.0.0.1; any number of clients, of any process, may use it at once. */
  readonly port: number
  /** Of the process that it runs in. */
  readonly pid: number
  stop(): Promise<void>
}
