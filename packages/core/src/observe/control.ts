/** Partitions of a worker: all of a group, of one of its topics, or one. Names as they are on the cluster, prefixes included. */
export interface PartitionSelection {
  readonly group: string
  readonly topic?: string
  /** Needs the topic. */
  readonly partition?: number
}

/** Where a partition is to be read from: an end of its log, an offset, or the first record of a time (epoch ms) and later. */
export type SeekTo = 'earliest' | 'latest' | { readonly offset: bigint } | { readonly timestamp: number }

/** A partition that goes on somewhere else. */
export interface SoughtPartition {
  readonly topic: string
  readonly partition: number
  /** Where it would have gone on. */
  readonly from: bigint
  readonly to: bigint
}

export type OperatorVerb = 'pause' | 'resume' | 'seek' | 'log-level'

/** What an operator may do to a running worker. Each act is an event, `operator.acted`, done or refused; `by` says who. */
export interface WorkerControl {
  /**
   * Stops partitions: running attempts finish, nothing new starts, and nothing is fetched. It outlives rebalances, until it is resumed
   * or the worker ends. Readiness stays on. Returns the partitions of this worker that stand still for it now.
   * @throws MillraceError `MILLRACE_CONTROL_UNKNOWN`, `MILLRACE_CONTROL_CONFLICT`
   */
  pause(which: PartitionSelection, by: string): readonly string[]
  /**
   * Takes pauses within the selection off. With `brake: 'release'` dead letters that a brake holds back are written from the next probe
   * on, for as long as the lease is held. Returns the partitions of this worker that it concerns.
   * @throws MillraceError `MILLRACE_CONTROL_UNKNOWN`; `MILLRACE_CONTROL_CONFLICT` where a wider pause stays
   */
  resume(which: PartitionSelection & { readonly brake?: 'release' }, by: string): readonly string[]
  /**
   * Reads partitions of this worker again from another place: finishes what runs, commits it, commits the new position, and goes on
   * there. Back means once more, forward means that what lies between is never handled. Without a partition, all of the topic that this
   * worker has now.
   * @throws MillraceError `MILLRACE_CONTROL_INVALID` for an offset that the log does not hold, `MILLRACE_CONTROL_UNKNOWN` for what this
   * worker does not have, `MILLRACE_CONTROL_CONFLICT` for an exactly-once pipeline or a partition that is on its way already, and what
   * the commit throws: then the partition goes on where it was
   */
  seek(
    which: PartitionSelection & { readonly topic: string },
    to: SeekTo,
    by: string,
    signal?: AbortSignal,
  ): Promise<readonly SoughtPartition[]>
  /** Tells of an act that somebody else has done, or refused. */
  note(verb: OperatorVerb, facts: Readonly<Record<string, unknown>>, by: string, error?: Error): void
}
