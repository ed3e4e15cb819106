export const ascending = (a: number, b: number): number => a - b

/** Who got which partitions depends on member ids; how many each, and which all together, does not. */
export const shares = (assignments: readonly (readonly number[])[]) => ({
  sizes: assignments.map(({ length }) => length).toSorted(ascending),
  all: assignments.flat().toSorted(ascending),
})

export const partitionsOf = (leases: readonly { readonly partition: number }[]): number[] =>
  leases.map(({ partition }) => partition)
