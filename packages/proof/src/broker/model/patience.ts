import type { VirtualClock } from '@millrace/broker'
import { errorCode } from '@millrace/broker/protocol'
import type { Lost } from './link.js'
import { claim } from './violation.js'

interface Told {
  readonly errorCode: number
}

const tryLater: readonly number[] = [
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.NOT_ENOUGH_REPLICAS,
  errorCode.CONCURRENT_TRANSACTIONS,
  errorCode.COORDINATOR_LOAD_IN_PROGRESS,
]

/** How a client asks again that was not told, or was told to come back later. */
export class Patience {
  readonly #name: string
  readonly #clock: VirtualClock

  constructor(name: string, clock: VirtualClock) {
    this.#name = name
    this.#clock = clock
  }

  /** Again after a while, while the answer was lost or says "later". */
  async insist<Body extends Told>(ask: () => Promise<Body | Lost>, later = tryLater): Promise<Body> {
    for (let tries = 0; ; tries += 1) {
      const answer = await ask()
      if (answer !== 'lost' && !later.includes(answer.errorCode)) return answer
      await this.#pause(tries)
    }
  }

  /** Again at once while the answer was lost, and after a while where it says "later". */
  async insistAtOnce<Body extends Told>(ask: () => Promise<Body | Lost>, onLost?: () => void): Promise<Body> {
    for (let tries = 0; ; tries += 1) {
      const answer = await ask()
      if (answer === 'lost') onLost?.()
      else if (tryLater.includes(answer.errorCode)) await this.#pause(tries)
      else return answer
    }
  }

  async #pause(tries: number): Promise<void> {
    claim(tries < 100, `${this.#name} is told to come back later for ever`)
    await (tries < 3 ? this.#clock.settle() : this.#clock.advance(50))
  }
}
