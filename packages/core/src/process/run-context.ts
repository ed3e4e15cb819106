import type { AbortReason, MessageContext, MessageHeaders } from '../declare/message-context.js'
import type { FailureStage } from '../observe/events.js'
import type { RecordTrace } from '../observe/instrument.js'
import type { Logger } from '../observe/logger.js'
import { readOrigin } from '../observe/origin.js'
import type { RawRecord } from '../receive/record.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { HandlerRuntime } from './handler-runtime.js'
import { createMessageHeaders } from './message-headers.js'
import { type Outcome, succeeded } from './outcome.js'
import type { Outputs, Produce } from './outputs.js'

/** The context that the handler sees in one attempt. One is made per attempt, so what costs is made on first use. */
export class RunContext implements MessageContext {
  stage: FailureStage = 'decode'
  key: unknown = null
  /** Set where the handler has outputs. */
  outputs: Outputs | undefined
  readonly attempt: number
  #startedAt: number | undefined
  #controller: AbortController | undefined
  #headers: MessageHeaders | undefined
  #log: Logger | undefined

  constructor(
    readonly received: ReceivedRecord,
    readonly handler: HandlerRuntime,
  ) {
    this.attempt = received.attempt
  }

  get id(): string {
    const { topic, partition, offset } = (this.handler.isOurTopic ? readOrigin(this.record.headers) : undefined) ?? this
    return `${topic}/${partition}/${offset}`
  }

  get topic(): string {
    return this.received.source.topic
  }

  get partition(): number {
    return this.received.source.partition
  }

  get offset(): bigint {
    return this.received.offset
  }

  get generation(): number {
    return this.received.source.generation
  }

  get group(): string {
    return this.received.source.group
  }

  get timestamp(): number {
    return this.received.raw.timestamp
  }

  get record(): RawRecord {
    return this.received.raw
  }

  get trace(): RecordTrace | undefined {
    return this.received.trace
  }

  get headers(): MessageHeaders {
    this.#headers ??= createMessageHeaders(this.record.headers)
    return this.#headers
  }

  /** Read when something first depends on it: a synchronous handler never looks at the clock. */
  get startedAt(): number {
    this.#startedAt ??= this.handler.clock.now()
    return this.#startedAt
  }

  get deadline(): number {
    return this.startedAt + this.handler.plan.timeoutMs
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  get log(): Logger {
    const { topic, partition, offset, attempt, generation, trace } = this
    const inTrace = trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId }
    this.#log ??= this.handler.log.child({ topic, partition, offset, attempt, generation, ...inTrace })
    return this.#log
  }

  /** Undefined for a handler without outputs. */
  get produce(): Produce | undefined {
    return this.outputs?.produce
  }

  /** The attempt was cut off. */
  get isOver(): boolean {
    return this.#controller?.signal.aborted ?? false
  }

  /** What the outputs of a run that is over still have to be waited for. Throws what went wrong with them. */
  finish(): Promise<undefined> | undefined {
    return this.outputs?.finish()
  }

  /** What the attempt ends with when nothing went wrong. */
  succeeded(): Outcome {
    return this.outputs === undefined ? succeeded : { kind: 'succeeded', outputs: this.outputs.taken() }
  }

  /** Throws once the attempt was cut off: then nothing of it may start any more. */
  throwIfOver(): void {
    this.#controller?.signal.throwIfAborted()
  }

  abort(reason: AbortReason): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}
