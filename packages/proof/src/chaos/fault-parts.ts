import type { BrokerControl, FaultProxy } from '@millrace/testing'
import { until } from '../rig/until.js'
import type { Fleet } from './fleet.js'
import type { Turns } from './turns.js'

/** What a fault works with. */
export interface FaultParts {
  readonly fleet: Fleet
  readonly proxy: FaultProxy
  readonly control: BrokerControl
  readonly turns: Turns
  /** Ends every wait. */
  readonly signal: AbortSignal
}

/** What a fault has done. */
export interface Strike {
  readonly hasFired: boolean
  readonly detail: string
  /** When it struck, where it struck at one moment, whenever it was sent out. */
  readonly momentMs?: number
  /** When it began, where it had to wait for whom it meets. */
  readonly fromMs?: number
}

/** How long a process may take to come by its kill point, a broker that is away in between. */
export const killPointLimitMs = 30_000
/** On a busy machine a process takes its time to start, and to join a group whose last member has just died. */
const presentLimitMs = 60_000
/** The turn of what meets all workers at once, and of what would be spoiled by that. */
export const everybody = 'everybody'
export const slotOf = (slot: number): string => `slot ${slot}`

/** Whoever died before may not be replaced yet, and who was just started has nothing yet that a fault could meet. */
export async function present(fleet: Fleet, slot: number | undefined): Promise<void> {
  if (slot === undefined) return
  const isThere = (): true | undefined => fleet.isPresent(slot) || undefined
  await until(`worker ${slot + 1} is there`, isThere, { limitMs: presentLimitMs })
}
