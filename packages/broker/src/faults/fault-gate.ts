/** A request that has been decoded and not been handled. Dispatch makes one object of it and hands out the same one each time. */
export interface Call {
  /** Kafka's name of the API: `Fetch`. */
  readonly api: string
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  /** Empty where the client gave none. */
  readonly clientId: string
  readonly connectionId: number
  /** The decoded body. */
  readonly request: unknown
}

/** Where faults enter: dispatch asks once per request, before it is applied, and obeys. */
export interface FaultGate {
  /** Undefined: go on as if nobody had asked. What the plan does to groups, producers and logs is done when this returns. */
  before(call: Call): FaultVerdict | undefined
}

/** What becomes of one request, in the order in which dispatch looks at it. What is left out stays as it is. */
export interface FaultVerdict {
  /** The request waits so long on the broker's clock before anything else is done; what is queued behind it waits too. */
  readonly delayMs?: number
  /**
   * The request is not applied. `close`: the connection ends. `drop`: no answer, and the connection goes on with the next request.
   * `stall`: the connection stays open and nothing that arrives on it is ever read again, as with a frozen process.
   */
  readonly instead?: 'close' | 'drop' | 'stall' | { readonly body: unknown }
  /** What is applied rather than what came: some of its partitions fail by plan, and the handler sees only the others. */
  readonly request?: unknown
  /** Makes the answer that is sent from the answer of the handler, or from that of `instead`. */
  readonly edit?: (body: unknown) => unknown
  /**
   * The request is applied and its answer lost. `dropAnswer`: then the connection ends. `swallowAnswer`: it stays open and goes on.
   * `halfAnswer`: half of the frame's bytes are sent, then it ends.
   */
  readonly after?: 'dropAnswer' | 'swallowAnswer' | 'halfAnswer'
  /** The answer of a request that was applied at once is sent so much later. */
  readonly answerDelayMs?: number
  /** `edit` has written it into the answer; as Kafka does, the connection is not read for so long after it was sent. */
  readonly throttleMs?: number
}

/** Who watches requests: the wire trace. */
export interface CallObserver {
  arrived(call: Call): void
  /** Once per request that arrived. `abandoned`: its connection was gone before the answer. */
  finished(call: Call, outcome: CallOutcome): void
}

export type CallOutcome =
  | { readonly kind: 'answered'; readonly body: unknown }
  | { readonly kind: 'unanswered' | 'closed' | 'abandoned' }
