import { setTimeout as delay } from 'node:timers/promises'
import type { MessageContext } from '@millrace/core'
import { announce, logged, type RunLog } from '@millrace/testing'
import { failuresOf, kindOf, parsePlanned, type PlannedMessage } from './planned-record.js'

export interface PlannedHandlerParts {
  readonly worker: string
  readonly generationOf: (partition: number) => number
  readonly runLog: RunLog
  /** Aborts when the test opens the gate. */
  readonly gate: AbortSignal
  readonly handlerMs: number
}

/** How long a slow record takes that waits for no gate. */
const slowMs = 250

/** A handler that does what the id of its record says, between a start line and an end line. */
export const plannedHandler =
  ({ worker, generationOf, runLog, gate, handlerMs }: PlannedHandlerParts) =>
  (value: unknown, ctx: MessageContext<string>): Promise<void> => {
    const message = parsePlanned(value)
    const { id, sequence } = message
    const { key, topic, partition, offset, attempt } = ctx
    const generation = generationOf(partition)
    const run = { id, key, sequence, topic, partition, offset, attempt, worker, generation }
    return logged(runLog, run, async () => {
      if (handlerMs > 0) await delay(handlerMs)
      if (message.isGated) await passGate(message, gate, ctx.signal)
      const kind = kindOf(id)
      if (kind === 'slow' && !message.isGated) await delay(slowMs)
      if (kind === 'permanent') throw new Error(`${id} never works`)
      if (kind === 'transient' && attempt <= failuresOf(id)) throw new Error(`${id} does not work yet`)
    })
  }

/** Resolves when the gate is open; rejects when the run is interrupted before. */
async function passGate({ id }: PlannedMessage, gate: AbortSignal, interrupted: AbortSignal): Promise<void> {
  announce('at the gate', { id })
  const either = AbortSignal.any([gate, interrupted])
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
  if (!gate.aborted) throw new Error(`${id} was interrupted: ${String(interrupted.reason)}`)
}
