import type { FaultTargets } from '../fault-targets.js'

/** Targets that do nothing and say what they were asked for. */
export function recordedTargets(): FaultTargets & { readonly asked: string[] } {
  const asked: string[] = []
  const ask = (...words: readonly (string | number | bigint | undefined)[]): true => {
    asked.push(words.filter((word) => word !== undefined).join(' '))
    return true
  }
  return {
    asked,
    truncateHead: (topic, partition, to) => ask('truncate', topic, partition, to),
    forceRebalance: (groupId) => ask('rebalance', groupId),
    expireMember: (groupId, memberId) => ask('expire', groupId, memberId),
    fenceProducer: (transactionalId) => ask('fence', transactionalId),
    holdMarkers(transactionalId) {
      ask('hold', transactionalId)
      return () => void ask('release', transactionalId)
    },
    restart: (downMs) => void ask('restart', downMs),
  }
}
