import type { HandlerPlan, SinkPlan, TransformPlan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import type { RecordTrace } from '../observe/instrument.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { RawRecord } from '../receive/record.js'
import { encodeOutput, type Inheritance } from './encode-output.js'
import { traceHeadersOf } from './trace-headers.js'

/** What the outputs of all attempts of one transform have in common. */
export interface OutputRules {
  readonly handler: string
  readonly transform: TransformPlan
  /** By the topic as it was declared. */
  readonly sinks: ReadonlyMap<unknown, SinkPlan>
  /** Where returned outputs go: the sink, where there is only one. */
  readonly only: SinkPlan | undefined
}

/** Undefined for a handler without outputs. */
export function outputRules({ name, transform }: HandlerPlan): OutputRules | undefined {
  if (transform === undefined) return undefined
  const { sinks } = transform
  const only = sinks.length === 1 ? sinks[0] : undefined
  return { handler: name, transform, only, sinks: new Map(sinks.map((sink) => [sink.topic, sink])) }
}

/** The attempt that outputs belong to. */
export interface OutputSource {
  readonly record: RawRecord
  /** It was cut off: by its time limit, or with its lease. */
  readonly isOver: boolean
  /** What outputs belong to, where attempts are traced; else they carry on what their record carried. */
  readonly trace?: Pick<RecordTrace, 'headers'> | undefined
}

export type Produce = (topic: unknown, message: unknown) => void

/**
 * The outputs of one attempt, encoded as they come. They belong to the attempt and to nothing else, so that one which ends too
 * late leaves nothing behind.
 *
 * Its states: `open` while the handler runs, which includes the reading of an async iterable that it returned; then
 * `closed`. From there on nothing is added. The first thing that goes wrong is kept and is the failure of the attempt, even
 * where the handler caught it: without one of its outputs the rest must not go out.
 */
export class Outputs {
  #produced: OutgoingRecord[] = []
  #returned: OutgoingRecord[] = []
  #count = 0
  #encoding: Promise<void>[] | undefined
  #wrong: { readonly thrown: unknown } | undefined
  #isOpen = true
  #isFinished = false
  #inherited: Inheritance | undefined
  #produce: Produce | undefined

  constructor(
    private readonly rules: OutputRules,
    private readonly source: OutputSource,
  ) {}

  /** `ctx.produce`: made when it is first read, and free of `this`, so that a handler may take it out of its context. */
  get produce(): Produce {
    this.#produce ??= (topic, message) => this.#take(topic, message)
    return this.#produce
  }

  /** Adds what the handler returned and closes. Undefined, or a promise where something has to be waited for. */
  collect(returned: unknown): undefined | Promise<undefined> {
    if (this.source.isOver) this.#fail(fail('MILLRACE_TRANSFORM_OVER', { handler: this.rules.handler }))
    if (isAsyncIterable(returned)) return this.#drain(returned).then(() => this.#close())
    if (Array.isArray(returned)) for (const output of returned) this.#addReturned(output)
    else if (returned !== undefined && returned !== null) this.#addReturned(returned)
    return this.#close()
  }

  /** Forgets all of them: the handler has failed, whatever a middleware makes of that. */
  discard(): void {
    this.#isOpen = false
    this.#isFinished = true
    this.#produced = []
    this.#returned = []
  }

  /**
   * The run is over. Where it did not come to `collect`, because a middleware has produced and called no handler: a promise
   * for what is still being encoded, or a throw of what went wrong.
   */
  finish(): undefined | Promise<undefined> {
    return this.#isFinished ? undefined : this.#close()
  }

  /** Those of `ctx.produce` in the order of its calls, then those that were returned. */
  taken(): readonly OutgoingRecord[] {
    this.#isOpen = false
    if (this.#returned.length === 0) return this.#produced
    return this.#produced.length === 0 ? this.#returned : [...this.#produced, ...this.#returned]
  }

  #take(topic: unknown, message: unknown): void {
    const { handler, sinks } = this.rules
    if (!this.#isOpen || this.source.isOver) throw fail('MILLRACE_TRANSFORM_OVER', { handler })
    const sink = sinks.get(topic)
    if (sink === undefined) this.#fail(fail('MILLRACE_TRANSFORM_SINK_UNDECLARED', { handler, topic: nameOf(topic) }))
    else void this.#add(message, sink, this.#produced)
  }

  #addReturned(output: unknown): void {
    void this.#add(output, this.#sinkOfReturned(), this.#returned)
  }

  /** A promise where the serdes of the sink make one; it never rejects. */
  #add(output: unknown, sink: SinkPlan, into: OutgoingRecord[]): undefined | Promise<void> {
    const { handler, transform } = this.rules
    if (this.#wrong !== undefined) throw this.#wrong.thrown
    const limit = transform.maxOutputs
    if (this.#count === limit) this.#fail(fail('MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS', { handler, limit }))
    this.#count += 1
    let encoded: OutgoingRecord | Promise<OutgoingRecord>
    try {
      encoded = encodeOutput(output, sink, this.#inheritance(), handler)
    } catch (thrown) {
      return this.#fail(thrown)
    }
    if (!(encoded instanceof Promise)) {
      into.push(encoded)
      return undefined
    }
    const at = into.length
    into.length += 1 // its place, whenever it is encoded
    const done = encoded.then(
      (record) => void (into[at] = record),
      (thrown: unknown) => void (this.#wrong ??= { thrown }),
    )
    this.#encoding ??= []
    this.#encoding.push(done)
    return done
  }

  /** Reads one after another, so that the handler makes no more than was asked for. */
  async #drain(returned: AsyncIterable<unknown>): Promise<void> {
    const sink = this.#sinkOfReturned()
    for await (const output of returned) {
      if (this.source.isOver) throw fail('MILLRACE_TRANSFORM_OVER', { handler: this.rules.handler })
      await this.#add(output, sink, this.#returned)
    }
  }

  #sinkOfReturned(): SinkPlan {
    const { only, handler } = this.rules
    const problem = 'it has several sinks, so what it returns has no destination'
    return only ?? this.#fail(fail('MILLRACE_TRANSFORM_OUTPUT_INVALID', { handler, problem }))
  }

  #close(): undefined | Promise<undefined> {
    this.#isOpen = false
    if (this.#encoding === undefined) return this.#throwIfWrong()
    return Promise.all(this.#encoding).then(() => this.#throwIfWrong())
  }

  #throwIfWrong(): undefined {
    if (this.#wrong !== undefined) throw this.#wrong.thrown
    this.#isFinished = true
    return undefined
  }

  #fail(thrown: unknown): never {
    this.#wrong ??= { thrown }
    throw thrown
  }

  #inheritance(): Inheritance {
    const { inheritKey, inheritTimestamp } = this.rules.transform
    const { key, timestamp, headers } = this.source.record
    this.#inherited ??= {
      key: inheritKey ? key : null,
      timestamp: inheritTimestamp && timestamp >= 0 ? timestamp : undefined,
      trace: this.source.trace?.headers() ?? traceHeadersOf(headers),
    }
    return this.#inherited
  }
}

const isAsyncIterable = (returned: unknown): returned is AsyncIterable<unknown> =>
  typeof returned === 'object' && returned !== null && Symbol.asyncIterator in returned

function nameOf(topic: unknown): string {
  const name: unknown = typeof topic === 'object' && topic !== null ? Reflect.get(topic, 'name') : undefined
  if (typeof name === 'string') return name
  const variable: unknown = typeof name === 'object' && name !== null ? Reflect.get(name, 'variable') : undefined
  return typeof variable === 'string' ? `fromEnv('${variable}')` : 'something that is no topic'
}
