import { type ApiName, apiNameOf } from './api-names.js'
import type { FrameHeader } from './frame-splitter.js'

/** A request or an answer on its way through the proxy. */
export interface Frame {
  readonly direction: 'request' | 'answer'
  readonly api: ApiName
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  /** The node that it goes to or comes from. */
  readonly node: number
}

/** A client has a handful in flight; this only bounds a client that never reads. */
const mostUnanswered = 10_000

/**
 * Tells which request of a connection an answer belongs to. Kafka answers a connection in order, so an answer also says
 * that older requests will never get one: that is how a Produce with `acks=0` leaves the table.
 */
export function createUnanswered(node: number) {
  const open = new Map<number, Frame>()
  return {
    request({ correlationId, request }: FrameHeader): Frame {
      const { apiKey = -1, version = 0, clientId = null } = request ?? {}
      const frame: Frame = { direction: 'request', api: apiNameOf(apiKey), version, correlationId, clientId, node }
      open.delete(correlationId) // so that it stands at the end
      open.set(correlationId, frame)
      const [oldest] = open.keys()
      if (open.size > mostUnanswered && oldest !== undefined) open.delete(oldest)
      return frame
    },
    answer({ correlationId }: FrameHeader): Frame {
      const request = open.get(correlationId)
      if (request === undefined) {
        return { direction: 'answer', api: 'Other', version: 0, correlationId, clientId: null, node }
      }
      for (const older of open.keys()) {
        open.delete(older)
        if (older === correlationId) break
      }
      return { ...request, direction: 'answer' }
    },
  }
}
