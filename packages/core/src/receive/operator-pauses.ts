import type { PartitionSelection } from '../observe/control.js'

/**
 * What an operator has paused in one group. It outlives the leases: a partition that is taken away and comes back is paused
 * as before.
 */
export class OperatorPauses {
  #paused: readonly PartitionSelection[] = []

  has(place: Place): boolean {
    return this.#paused.some((one) => covers(one, place))
  }

  pause(which: PartitionSelection): void {
    this.#paused = [...this.#paused.filter((one) => !covers(which, one)), which]
  }

  /** Takes off what was paused within the selection. Returns the pause that is wider than it, where one stays. */
  resume(which: PartitionSelection): PartitionSelection | undefined {
    this.#paused = this.#paused.filter((one) => !covers(which, one))
    return this.#paused.find((one) => covers(one, which))
  }
}

type Place = Pick<PartitionSelection, 'topic' | 'partition'>

/** Whether the first holds all of the second. */
const covers = (wide: Place, narrow: Place): boolean =>
  (wide.topic === undefined || wide.topic === narrow.topic) &&
  (wide.partition === undefined || wide.partition === narrow.partition)
