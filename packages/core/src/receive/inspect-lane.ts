import type { Blockage, LaneSnapshot } from '../observe/snapshot.js'
import type { ReceivedRecord } from './received-record.js'

/** A lease as its lane is looked at. */
export interface InspectedLane {
  readonly head: ReceivedRecord | undefined
  /** Records of the lane and in front of it, the head included. */
  readonly buffered: number
  /** Who handles records that no route was chosen for. */
  readonly handler: string
  readonly isHalted: boolean
  /** Its records are settled by what their outputs are stored with. */
  readonly isPipeline: boolean
  readonly watermark: bigint
  readonly inFlight: number
  readonly now: number
}

/** What stands at the head of the lane, since when, and what waits behind it. Pure. */
export function inspectLane({ head, buffered, handler, isHalted, now }: InspectedLane): LaneSnapshot | undefined {
  if (head === undefined) return undefined
  const { offset, attempt, run, rest, heldFor, route } = head
  const doing = isHalted ? 'halted' : run !== undefined ? 'running' : (rest?.kind ?? 'queued')
  const sinceMs = doing === 'running' ? run?.startedAt : rest?.sinceMs
  return {
    ...{ offset, attempt, doing, handler: route?.name ?? handler },
    ...(sinceMs === undefined ? {} : { forMs: Math.max(0, now - sinceMs) }),
    ...(doing === 'waiting' ? { waitsFor: heldFor ?? 'retry' } : {}),
    behind: Math.max(0, buffered - 1),
  }
}

/** What the watermark waits for; undefined where everything is settled. Pure. */
export function findBlockage(inspected: InspectedLane): Blockage | undefined {
  const { head, isHalted, isPipeline, watermark, inFlight } = inspected
  if (inFlight === 0) return undefined
  const isAhead = head === undefined || head.offset > watermark
  if (isPipeline && isAhead) return { offset: watermark, by: isHalted ? 'halted' : 'transaction' }
  const lane = inspectLane(inspected)
  if (lane === undefined) return { offset: watermark, by: 'settling' }
  const { offset, doing, forMs } = lane
  return { offset, by: doing, ...(forMs === undefined ? {} : { forMs }) }
}
