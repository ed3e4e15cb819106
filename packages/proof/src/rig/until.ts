import { setTimeout as delay } from 'node:timers/promises'

/**
 * Looks until there is something, and resolves with it; rejects when `limitMs` (default 30,000) have passed. For what can
 * only be asked and never says when it changes: offsets, groups, files.
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined> | Found | undefined,
  { limitMs = 30_000, everyMs = 50 }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<Found> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`)
    await delay(everyMs)
  }
}
