/** What a request handler says: a body now, a body later, or one of the two ways Kafka has of saying nothing. */
export type Answer<Body> = Body | Parked<Body> | typeof noAnswer | typeof closeConnection

/** `acks=0`: the client waits for nothing. */
export const noAnswer = Symbol('no answer')
/** What Kafka does with what it cannot or will not answer. */
export const closeConnection = Symbol('close the connection')

/** Who asks, and in which version. */
export interface RequestContext {
  readonly apiVersion: number
  /** Empty where the client gave none. */
  readonly clientId: string
  /** As Kafka shows it in group descriptions: `/127.0.0.1`. */
  readonly clientHost: string
  /** What this client is told to connect to; undefined: the broker's own address. */
  readonly advertised?: Address | undefined
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** One API: from a decoded request to its answer, in one turn. Nothing is awaited between reading and changing state. */
export type RequestHandler<Request, Response> = (request: Request, context: RequestContext) => Answer<Response>

/**
 * An answer that has to wait (a fetch, a join, a sync). One owner resolves it, once; a closed connection drops it, which tells the
 * owner by `onDropped` and concerns the request only, never the member behind it.
 */
export class Parked<Body> {
  #state: 'waiting' | 'answered' | 'dropped' = 'waiting'
  #body: Body | undefined
  #deliver: ((body: Body) => void) | undefined
  readonly #onDropped: (() => void) | undefined

  constructor(onDropped?: () => void) {
    this.#onDropped = onDropped
  }

  /** The first answer counts; one that comes after the connection has gone is nobody's. */
  resolve(body: Body): void {
    if (this.#state !== 'waiting') return
    this.#state = 'answered'
    this.#body = body
    this.#deliver?.(body)
  }

  /** For the connection: where the answer goes. Called once, possibly after it was resolved. */
  deliverTo(deliver: (body: Body) => void): void {
    if (this.#state === 'answered') deliver(this.#body as Body)
    else this.#deliver = deliver
  }

  /** For the connection: nobody waits any more. */
  drop(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'dropped'
    this.#onDropped?.()
  }
}
