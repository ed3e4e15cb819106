import type { Outgoing, SendAll } from './produce-contest.js'

/** One caller that awaits so many records together before it sends the next. */
export const inGroups =
  (size: number, send: (group: readonly Outgoing[]) => Promise<unknown>): SendAll =>
  async (records) => {
    for (let from = 0; from < records.length; from += size) await send(records.slice(from, from + size))
  }
