import { until } from '../rig/until.js'
import { isCounted } from './judge-samples.js'
import { handlesNow, type Sample } from './take-sample.js'

const closingMs = 5_000

/** Waits until what was closed has gone. What closes by itself may still be there for a while; what stays longer counts. */
export async function asFewHandlesAs(before: Sample | undefined): Promise<void> {
  const isBack = (): true | undefined => {
    const now = Object.entries(handlesNow()).filter(([kind]) => isCounted(kind))
    const had = before?.handles
    return had === undefined || now.every(([kind, count]) => count <= (had[kind] ?? 0)) ? true : undefined
  }
  await until('what was closed is gone', isBack, { limitMs: closingMs }).catch(() => undefined) // they count
}
