import type { ClusterRecord } from '../cluster-view.js'

/** Records whose values are numbers from `from` on, for one partition. */
export const numbered = (count: number, from = 0, partition = 0): ClusterRecord[] =>
  Array.from({ length: count }, (_, index) => ({ partition, value: Buffer.from(String(from + index)) }))

export const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index))
