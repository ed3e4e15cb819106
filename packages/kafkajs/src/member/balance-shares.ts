import type { Share } from './share.js'

/** One partition of `topic` goes from `from` to the share that the step leads to. */
interface Step {
  readonly from: Share
  readonly topic: string
}

/**
 * Moves partitions until no move makes the shares more even. The largest share gives one partition to the smallest share
 * that it can reach, directly or through others (a partition of mine to you, one of yours to them); when none is smaller
 * by two or more, it stays as it is. Without such a way left the shares are as even as the subscriptions allow (Harvey,
 * Ladner, Lovász and Tamir, "Semi-matchings for bipartite graphs and load balancing").
 */
export function balanceShares(shares: readonly Share[], subscribers: ReadonlyMap<string, readonly Share[]>): void {
  // Once a share can't give, whatever the smaller ones do among themselves never opens a way for it.
  const unsettled = new Set(shares)
  while (unsettled.size > 0) {
    const largest = extreme(unsettled, (share, best) => share.size > best.size)
    const smallest = extreme(unsettled, (share, best) => share.size < best.size)
    if (largest === undefined || smallest === undefined || largest.size - smallest.size < 2) return
    const way = findWay(largest, smallest.size, subscribers)
    if (way === undefined) unsettled.delete(largest)
    else way()
  }
}

/**
 * The way from a share to the smallest one within reach, over as few kept partitions as possible; undefined when nobody
 * within reach is smaller by two.
 */
function findWay(
  from: Share,
  smallestSize: number,
  subscribers: ReadonlyMap<string, readonly Share[]>,
): (() => void) | undefined {
  const reachedBy = new Map<Share, Step | undefined>([[from, undefined]])
  const seenTopics = new Set<string>()
  let best = from
  const reach = (step: Step, queue: Share[]): void => {
    if (seenTopics.has(step.topic)) return
    seenTopics.add(step.topic)
    for (const share of subscribers.get(step.topic) ?? []) {
      if (reachedBy.has(share)) continue
      reachedBy.set(share, step)
      queue.push(share)
      if (share.size < best.size) best = share
    }
  }
  let queue = [from]
  while (queue.length > 0 && best.size > smallestSize) {
    const costly: Step[] = []
    for (const share of queue) {
      const { free, kept } = share.heldTopics()
      // The queue grows while it is walked: what costs nothing comes before what moves a kept partition.
      for (const topic of free) reach({ from: share, topic }, queue)
      for (const topic of kept) costly.push({ from: share, topic })
    }
    queue = []
    for (const step of costly) reach(step, queue)
  }
  if (from.size - best.size < 2) return undefined
  return () => {
    let to = best
    for (let step = reachedBy.get(to); step !== undefined; step = reachedBy.get(to)) {
      step.from.giveTo(to, step.topic)
      to = step.from
    }
  }
}

function extreme(shares: Iterable<Share>, isBetter: (share: Share, best: Share) => boolean): Share | undefined {
  let best: Share | undefined
  for (const share of shares) if (best === undefined || isBetter(share, best)) best = share
  return best
}
