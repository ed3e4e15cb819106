/** Who wants the same thing waits for its turn: a process that is about to die is no target for the next fault. */
export interface Turns {
  /** Runs the work when everything that wanted the same before is over, however that ended. */
  take<Result>(what: string, work: () => Promise<Result>): Promise<Result>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(what, work) {
      const turn = (last.get(what) ?? Promise.resolve()).then(work)
      last.set(
        what,
        turn.catch(() => undefined),
      ) // its own caller is told
      return turn
    },
  }
}
