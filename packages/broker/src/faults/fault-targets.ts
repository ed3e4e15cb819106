/** What faults reach besides the request that they strike. Each says whether there was something to do. */
export interface FaultTargets {
  /** Undefined: all partitions; at the end of the log where no offset is given. */
  truncateHead(topic: string, partition: number | undefined, to: bigint | undefined): boolean
  forceRebalance(groupId: string): boolean
  /** Undefined: the leader. */
  expireMember(groupId: string, memberId: string | undefined): boolean
  fenceProducer(transactionalId: string): boolean
  /** Undefined: of all. Returns how to let them go. */
  holdMarkers(transactionalId: string | undefined): () => void
  /** Begins in this turn with ending every connection. */
  restart(downMs: number): void
}
