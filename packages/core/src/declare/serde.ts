import type { Logger } from '../observe/logger.js'

/** What is being read or written, so that an error can name it. */
export interface SerdeContext {
  readonly topic: string
  readonly part: 'key' | 'value'
}

/** What a serde is going to be used for, told before the first record. */
export interface SerdeUse extends SerdeContext {
  readonly direction: 'read' | 'write' | 'both'
  /** Where settings such as the address of a registry are read. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Aborts when whoever prepares stops: every wait has to end then. */
  readonly signal: AbortSignal
}

/**
 * How bytes become a typed value and back. `Out` is what handlers receive, `In` what producers pass; with a schema that
 * transforms they differ. Both directions may be async, and a synchronous answer costs no promise.
 *
 * A serde throws `MILLRACE_DECODE_FAILED` for bytes that are not its format and `MILLRACE_VALIDATE_FAILED` for a value that
 * breaks its schema; both are final for the record. Anything else it throws is retried like a handler's error.
 */
export interface Serde<Out, In = Out> {
  readonly name: string
  decode(bytes: Buffer, context: SerdeContext): Out | Promise<Out>
  encode(value: In, context: SerdeContext): Buffer | Promise<Buffer>
  /**
   * Called once for each topic and part: by a worker before it joins its groups, by a producer before its first send. What it
   * throws is the failure of that start or send. Left out: nothing has to be made ready.
   */
  prepare?(use: SerdeUse): Promise<void>
}
