/** One run of the handler. */
export interface HandledOnce {
  readonly pod: string
  readonly partition: number
  /** Of the record, over all partitions. */
  readonly index: number
  readonly atMs: number
}

/** From the stop of a pod until every partition had a worker again. */
export interface Restart {
  readonly pod: string
  readonly fromMs: number
  readonly toMs: number
}

export interface RollParts {
  readonly handled: readonly HandledOnce[]
  readonly restarts: readonly Restart[]
  readonly sent: number
  /** Between two records of one partition, ms. */
  readonly tickMs: number
}

export interface RollMeasures {
  /** How often a partition went from one pod to another. */
  readonly moved: number
  /** The longest time without a record on a partition of the pod that restarted, and on one of the others; ms beyond the pace. */
  readonly stallOfRestartedMs: number
  readonly stallOfOthersMs: number
  readonly sent: number
  readonly lost: number
  readonly again: number
}

export interface RollFigures extends RollMeasures {
  /** Joins of pods that did not restart, all together. */
  readonly othersRejoined: number
  readonly tookMs: number
}

/** Pure. A gap belongs to whom the partition belonged before it. */
export function measureRoll({ handled, restarts, sent, tickMs }: RollParts): RollMeasures {
  let [moved, stallOfRestartedMs, stallOfOthersMs] = [0, 0, 0]
  for (const runs of Map.groupBy(handled, ({ partition }) => partition).values()) {
    const inTime = runs.toSorted((one, other) => one.atMs - other.atMs)
    for (const [at, run] of inTime.entries()) {
      const before = inTime[at - 1]
      if (before === undefined) continue
      if (before.pod !== run.pod) moved += 1
      const stallMs = Math.max(0, run.atMs - before.atMs - tickMs)
      const restart = restarts.find(({ fromMs, toMs }) => before.atMs < toMs && run.atMs > fromMs)
      if (restart?.pod === before.pod) stallOfRestartedMs = Math.max(stallOfRestartedMs, stallMs)
      else if (restart !== undefined) stallOfOthersMs = Math.max(stallOfOthersMs, stallMs)
    }
  }
  const indexes = new Set(handled.map(({ index }) => index))
  return {
    ...{ moved, stallOfRestartedMs, stallOfOthersMs, sent },
    lost: sent - indexes.size,
    again: handled.length - indexes.size,
  }
}
