/** Passes things on in the order of the calls, however long each of them takes to be made. */
export interface InOrder {
  /**
   * Calls `make` at once, and `pass` with what it made when everything before it was passed or has failed: in the same turn where
   * nothing is waited for.
   */
  run<Made, Result>(make: () => Made | Promise<Made>, pass: (made: Made) => Promise<Result>): Promise<Result>
  /** How many are still being made, or wait for one before them. */
  readonly waiting: number
  /** Resolves when those that wait now no longer do. */
  idle(): Promise<void>
}

export function createInOrder(): InOrder {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  async function inTurn<Made, Result>(
    made: Made | Promise<Made>,
    pass: (made: Made) => Promise<Result>,
  ): Promise<Result> {
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    waiting += 1
    const [own] = await Promise.allSettled([made, before])
    waiting -= 1
    resolve() // who comes next hears of it after this one was passed: that is still this turn
    if (own.status === 'rejected') throw own.reason
    return pass(own.value)
  }

  return {
    run(make, pass) {
      try {
        const made = make()
        return waiting === 0 && !(made instanceof Promise) ? pass(made) : inTurn(made, pass)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    get waiting() {
      return waiting
    },
    idle: () => last,
  }
}
