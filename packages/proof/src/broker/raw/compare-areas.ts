/** Both brokers and the recordings, area by area. */
import { areas } from './areas.js'
import { startEmbedded } from './brokers-to-compare.js'
import { compareTraces } from './compare-traces.js'
import { judgeDifferences } from './judge-differences.js'
import { playUntilSettled } from './play-until-settled.js'
import type { Area } from './script.js'
import type { Trace, Traces } from './trace.js'

/** In one area of many that are played at the same time. */
const atOnce = 6

/** What the embedded broker says to the scripts of an area, and what of it is no known difference from Kafka's answers. */
export async function playEmbedded({ scripts, settings }: Area, kafka: Traces): Promise<Traces> {
  const broker = await startEmbedded(settings)
  try {
    const isSettled = (name: string, trace: Trace): boolean =>
      judgeDifferences(compareTraces({ [name]: kafka[name] ?? [] }, { [name]: trace })).unexplained.length === 0
    return await playUntilSettled(scripts, broker.address, { atOnce, isSettled })
  } finally {
    await broker.stop()
  }
}

/** Areas whose brokers are told the same. */
export function areasBySettings(): readonly (readonly Area[])[] {
  const groups = new Map<string, Area[]>()
  for (const area of areas) {
    const key = JSON.stringify(area.settings ?? {})
    groups.set(key, [...(groups.get(key) ?? []), area])
  }
  return [...groups.values()]
}
