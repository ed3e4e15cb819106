/**
 * From a frame to its reply: header, body, faults, handler, answer, each in the same turn unless somebody parks it. What Kafka answers
 * by closing the connection, is closed: an API or a version that is not offered, and bytes that are no request.
 */
import type { CancelTimer, Clock } from '../clock/clock.js'
import type { Call, CallObserver, CallOutcome, FaultGate, FaultVerdict } from '../faults/fault-gate.js'
import type { BrokerEvents, ConnectionEnd } from '../observe/broker-events.js'
import { type Api, apis, findApi, isAccepted } from '../protocol/apis.js'
import { decodeMessage } from '../protocol/decode-message.js'
import { encodeResponse, encodeResponsePieces } from '../protocol/frame.js'
import { MalformedRequest } from '../protocol/malformed-request.js'
import { readRequestHeader } from '../protocol/request-header.js'
import type { Encodable, Message } from '../protocol/schema.js'
import {
  type Address,
  type Answer,
  closeConnection,
  noAnswer,
  Parked,
  type RequestHandler,
} from '../requests/answer.js'
import { unsupportedApiVersions } from '../requests/api-versions.js'
import type { Handlers } from '../requests/handlers.js'
import type { Reply } from './connection.js'

/** Who is at the other end of a connection. */
export interface Peer {
  readonly connectionId: number
  /** Address and port. */
  readonly client: string
  /** As Kafka shows it: `/127.0.0.1`. */
  readonly clientHost: string
  /** What it is told to connect to, where that is not the broker's own address. */
  readonly advertised?: Address | undefined
  /** As in its last request; empty where it gave none. */
  clientId: string
}

export type Dispatch = (frame: Buffer, peer: Peer) => Reply | Parked<Reply>

export interface DispatchParts {
  readonly handlers: Handlers
  readonly clock: Clock
  readonly events: BrokerEvents
  readonly faults?: FaultGate | undefined
  readonly observer?: CallObserver | undefined
}

/** A request on its way. */
interface Passage extends Call {
  readonly table: Api
  readonly peer: Peer
  readonly since: number
}

const goOn: Reply = { next: 'go on' }
const stall: Reply = { next: 'stall' }
const close = (reason: ConnectionEnd): Reply => ({ next: { close: reason } })
const refused = close('protocol')

export function createDispatch(parts: DispatchParts): Dispatch {
  return (frame, peer) => {
    const opened = openFrame(frame, peer, parts)
    if (!('request' in opened)) return opened
    parts.observer?.arrived(opened)
    const verdict = parts.faults?.before(opened)
    const delayMs = verdict?.delayMs ?? 0
    if (delayMs <= 0) return applied(opened, verdict, parts)
    return after(delayMs, () => applied(opened, verdict, parts), opened, parts)
  }
}

function openFrame(frame: Buffer, peer: Peer, { clock, events }: DispatchParts): Passage | Reply {
  try {
    const { apiKey, apiVersion, correlationId, clientId, bodyOffset } = readRequestHeader(frame)
    const table = findApi(apiKey)
    if (table === undefined) return refused
    if (!isAccepted(table, apiVersion)) return unaccepted(table, correlationId)
    peer.clientId = clientId ?? ''
    const request = decodeMessage(table.request, apiVersion, frame, bodyOffset)
    const header = { apiKey, apiVersion, correlationId, clientId: peer.clientId, connectionId: peer.connectionId }
    return { ...header, api: table.name, table, request, peer, since: clock.now() }
  } catch (error) {
    if (!(error instanceof MalformedRequest)) tellDefect(events, peer, { api: 'unknown', apiVersion: -1 }, error)
    return refused
  }
}

function unaccepted(table: Api, correlationId: number): Reply {
  if (table.key !== apis.ApiVersions.key) return refused
  const header = { apiVersion: 0, correlationId }
  return { bytes: encodeResponse(apis.ApiVersions.response, header, unsupportedApiVersions), next: 'go on' }
}

/** Applies the request as the verdict says, and makes a reply of what comes back. */
function applied(passage: Passage, verdict: FaultVerdict | undefined, parts: DispatchParts): Reply | Parked<Reply> {
  const instead = verdict?.instead
  if (instead === 'close') return finished(passage, { kind: 'closed' }, close('fault'), parts)
  if (instead === 'drop') return finished(passage, { kind: 'unanswered' }, goOn, parts)
  if (instead === 'stall') return finished(passage, { kind: 'unanswered' }, stall, parts)
  if (instead !== undefined) return answered(passage, instead.body, verdict, parts)

  const answerDelayMs = verdict?.answerDelayMs ?? 0
  const say = (body: unknown): Reply | Parked<Reply> => {
    const reply = (): Reply => replyTo(passage, body, verdict, parts)
    return answerDelayMs > 0 ? after(answerDelayMs, reply, passage, parts) : reply()
  }
  const answer = handled(passage, verdict, parts)
  return answer instanceof Parked ? behind(answer, say, passage, parts) : say(answer)
}

function handled(passage: Passage, verdict: FaultVerdict | undefined, parts: DispatchParts): Answer<unknown> {
  const { api, apiVersion, clientId, peer, request } = passage
  // The table and the handler of one API are those of the same name: `Handlers` holds them together.
  const handler = parts.handlers[api as keyof Handlers] as RequestHandler<unknown, unknown> | undefined
  if (handler === undefined) return closeConnection
  try {
    const { clientHost, advertised } = peer
    return handler(verdict?.request ?? request, { apiVersion, clientId, clientHost, advertised })
  } catch (error) {
    tellDefect(parts.events, passage, passage, error)
    return closeConnection
  }
}

function replyTo(passage: Passage, answer: unknown, verdict: FaultVerdict | undefined, parts: DispatchParts): Reply {
  if (answer === noAnswer) return finished(passage, { kind: 'unanswered' }, goOn, parts)
  if (answer === closeConnection) return finished(passage, { kind: 'closed' }, close('handler'), parts)
  return answered(passage, answer, verdict, parts)
}

function answered(passage: Passage, body: unknown, verdict: FaultVerdict | undefined, parts: DispatchParts): Reply {
  const { table, apiVersion, correlationId } = passage
  const lost = verdict?.after
  if (lost === 'swallowAnswer') return finished(passage, { kind: 'unanswered' }, goOn, parts)
  if (lost === 'dropAnswer') return finished(passage, { kind: 'closed' }, close('fault'), parts)
  try {
    const said = verdict?.edit === undefined ? body : verdict.edit(body)
    const header = { apiVersion, correlationId }
    if (lost === 'halfAnswer') {
      const bytes = encodeResponse(table.response, header, said as Encodable<Message>)
      const half: Reply = { bytes: bytes.subarray(0, bytes.length >> 1), next: { close: 'fault' } }
      return finished(passage, { kind: 'closed' }, half, parts)
    }
    const [bytes, ...more] = encodeResponsePieces(table.response, header, said as Encodable<Message>)
    const muteMs = verdict?.throttleMs
    const whole: Reply = { bytes, more, next: 'go on', ...(muteMs === undefined ? {} : { muteMs }) }
    return finished(passage, { kind: 'answered', body: said }, whole, parts)
  } catch (error) {
    tellDefect(parts.events, passage, passage, error)
    return finished(passage, { kind: 'closed' }, close('handler'), parts)
  }
}

function finished(
  passage: Passage,
  outcome: CallOutcome,
  reply: Reply,
  { observer, events, clock }: DispatchParts,
): Reply {
  observer?.finished(passage, outcome)
  if (events.areRequestsWatched) {
    const { connectionId, api, apiVersion, clientId, since } = passage
    const elapsedMs = clock.now() - since
    events.emit({ kind: 'request.answered', connectionId, api, apiVersion, clientId, elapsedMs, outcome: outcome.kind })
  }
  return reply
}

/** A defect of this broker ends one connection, and is told: by an event and as a warning of the process. */
function tellDefect(
  events: BrokerEvents,
  { connectionId }: Pick<Peer, 'connectionId'>,
  { api, apiVersion }: Pick<Call, 'api' | 'apiVersion'>,
  error: unknown,
): void {
  events.emit({ kind: 'request.failed', connectionId, api, apiVersion, error })
  process.emitWarning(error instanceof Error ? error : String(error))
}

/** Goes on after a while on the broker's clock; not at all where the connection has gone by then. */
function after(
  delayMs: number,
  next: () => Reply | Parked<Reply>,
  passage: Passage,
  parts: DispatchParts,
): Parked<Reply> {
  let cancel: CancelTimer | undefined
  const timer = new Parked<undefined>(() => cancel?.())
  cancel = parts.clock.after(delayMs, () => timer.resolve(undefined))
  return behind(timer, next, passage, parts)
}

/** What comes behind something that waits. Whoever is waited for at the moment is told when the connection goes. */
function behind<First>(
  first: Parked<First>,
  next: (said: First) => Reply | Parked<Reply>,
  passage: Passage,
  parts: DispatchParts,
): Parked<Reply> {
  let second: Parked<Reply> | undefined
  const reply = new Parked<Reply>(() => {
    if (second !== undefined) return second.drop()
    first.drop()
    finished(passage, { kind: 'abandoned' }, goOn, parts)
  })
  first.deliverTo((said) => {
    const following = next(said)
    if (!(following instanceof Parked)) return reply.resolve(following)
    second = following
    following.deliverTo((late) => reply.resolve(late))
  })
  return reply
}
