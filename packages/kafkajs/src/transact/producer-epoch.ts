import { type TransactionalProducerId, transactionalProducerIdRequest } from '../produce/producer-id-request.js'
import type { ProducerIdentity } from '../produce/sequences.js'
import type { CallCoordinator } from './call-coordinator.js'

export interface ProducerEpochParts {
  readonly call: CallCoordinator
  readonly producer: TransactionalProducerId
  /** Of the whole producer. */
  readonly signal: AbortSignal
  readonly onRenewed: (identity: ProducerIdentity) => void
}

/**
 * Who the producer is now. Every renewal begins the next epoch: the coordinator first ends what an earlier one has open, and
 * nothing that is still on its way from there is taken any more (K3, K4). So whatever is indefinite is ended by renewing.
 */
export class ProducerEpoch {
  readonly #parts: ProducerEpochParts
  #current: ProducerIdentity | undefined
  #renewing: Promise<ProducerIdentity> | undefined

  constructor(parts: ProducerEpochParts) {
    this.#parts = parts
  }

  /** Undefined once it is retired, until it is renewed. */
  get current(): ProducerIdentity | undefined {
    return this.#current
  }

  /** Nothing new may begin under it. */
  retire(identity: ProducerIdentity | undefined): void {
    if (this.#current === identity) this.#current = undefined
  }

  /** @throws TransactionFault after one transaction time-out without success. */
  renew(): Promise<ProducerIdentity> {
    return (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)))
  }

  async #renew(): Promise<ProducerIdentity> {
    const { call, producer, signal, onRenewed } = this.#parts
    this.#current = undefined
    const { answer } = await call(
      {
        to: { kind: 'transaction', key: producer.transactionalId },
        request: transactionalProducerIdRequest(producer),
        codesOf: ({ errorCode }) => [errorCode],
        repeatsLost: true, // one more epoch
      },
      { limitMs: producer.transactionTimeoutMs, signal },
    )
    this.#current = { id: answer.producerId, epoch: answer.epoch }
    onRenewed(this.#current)
    return this.#current
  }
}
