/** What the logs of one broker hold together, in bytes of memory and not of records. */
export interface MemoryBudget {
  readonly limitBytes: number
  readonly usedBytes: number
  /** False: there is no room, and nothing was taken. */
  reserve(bytes: number): boolean
  /** For what cannot be refused: the end of a transaction. */
  take(bytes: number): void
  release(bytes: number): void
}

export interface MemoryBudgetOptions {
  limitBytes: number
  /** Asked once before something is refused: retention may release what has expired. */
  makeRoom?: () => void
  /** Something is refused, for the first time since there was room. */
  onFull?: () => void
}

export function createMemoryBudget({ limitBytes, makeRoom, onFull }: MemoryBudgetOptions): MemoryBudget {
  let usedBytes = 0
  let isFull = false
  return {
    limitBytes,
    get usedBytes() {
      return usedBytes
    },
    reserve(bytes) {
      if (usedBytes + bytes > limitBytes) makeRoom?.()
      if (usedBytes + bytes > limitBytes) {
        if (!isFull) onFull?.()
        isFull = true
        return false
      }
      usedBytes += bytes
      return true
    },
    take(bytes) {
      usedBytes += bytes
    },
    release(bytes) {
      usedBytes -= bytes
      if (bytes > 0) isFull = false
    },
  }
}
