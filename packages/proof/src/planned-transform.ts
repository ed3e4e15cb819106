import type { MessageContext } from '@millrace/core'
import { plannedHandler, type PlannedHandlerParts } from './planned-handler.js'
import { kindOf, parsePlanned, type PlannedMessage } from './planned-record.js'

/** What a pipeline makes of a record, as a handler of records reads it again. */
export type PlannedOutput = Pick<PlannedMessage, 'id' | 'sequence'>

const outputsOfFanOut = 3

/** f: what becomes of a record that is processed, a pure function of its id and its place among those of its key. */
export function outputsOf({ id, sequence }: Pick<PlannedMessage, 'id' | 'sequence'>): readonly PlannedOutput[] {
  const kind = kindOf(id)
  if (kind === 'permanent' || kind === 'poison' || kind === 'filter') return []
  const count = kind === 'fan-out' ? outputsOfFanOut : 1
  return Array.from({ length: count }, (_, part) => ({ id: `out-${part}-of-${id}`, sequence: sequence * count + part }))
}

type Returned = { readonly value: PlannedOutput } | AsyncIterable<{ readonly value: PlannedOutput }> | undefined

/** A transform that does what the id of its record says, writes down each run, and returns f of it in each way there is. */
export function plannedTransform(
  parts: PlannedHandlerParts,
): (value: unknown, ctx: MessageContext<string>) => Promise<Returned> {
  const handle = plannedHandler(parts)
  return async (value, ctx) => {
    await handle(value, ctx)
    const outputs = outputsOf(parsePlanned(value)).map((output) => ({ value: output }))
    return outputs.length > 1 ? oneByOne(outputs) : outputs[0]
  }
}

async function* oneByOne<Item>(items: readonly Item[]): AsyncIterable<Item> {
  for (const item of items) yield await Promise.resolve(item)
}
