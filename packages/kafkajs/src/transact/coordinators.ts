import { fail, type MillraceError } from '@millrace/core'
import type { BrokerLink, BrokerLinks } from '../produce/broker-links.js'
import { type Coordinated, findCoordinatorRequest } from './requests/find-coordinator.js'
import { transactionErrorOf } from './transaction-errors.js'
import { TransactionFault } from './transaction-fault.js'

export interface CoordinatorsParts {
  readonly links: BrokerLinks
  /** The error for a fault of connecting that trying again would not help. */
  readonly judge: (fault: unknown) => Promise<MillraceError | undefined>
}

const NEEDED = { group: 'READ on the group', transaction: 'WRITE on the transactional id' } as const

/** Where groups and transactional ids have their coordinators: asked for once, and again when somebody has met another one (K15). */
export class Coordinators {
  readonly #parts: CoordinatorsParts
  readonly #known = new Map<string, number>()
  readonly #asking = new Map<string, Promise<number>>()
  #wasLetIn = false

  constructor(parts: CoordinatorsParts) {
    this.#parts = parts
  }

  /** One try. Rejects with a `TransactionFault` where another would not help. */
  async connect(who: Coordinated): Promise<BrokerLink> {
    try {
      return await this.#parts.links.connect(this.#known.get(keyOf(who)) ?? (await this.#find(who)))
    } catch (error) {
      this.forget(who)
      const refusal = this.#wasLetIn || error instanceof TransactionFault ? undefined : await this.#parts.judge(error)
      if (refusal !== undefined) throw new TransactionFault(refusal.message, { verdict: 'refused', cause: refusal })
      throw error
    }
  }

  /** It has moved, or can't be reached where it was. */
  forget(who: Coordinated): void {
    this.#known.delete(keyOf(who))
  }

  #find(who: Coordinated): Promise<number> {
    const key = keyOf(who)
    const running = this.#asking.get(key)
    if (running !== undefined) return running
    const asked = this.#ask(who).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }

  async #ask(who: Coordinated): Promise<number> {
    const link = await this.#parts.links.connectAny()
    const { errorCode, node } = await link.ask(findCoordinatorRequest(who))
    this.#wasLetIn = true
    if (errorCode === 0) {
      this.#parts.links.add(node)
      this.#known.set(keyOf(who), node.nodeId)
      return node.nodeId
    }
    const { verdict } = transactionErrorOf(errorCode)
    if (verdict === 'refused') throw unauthorized(who, errorCode)
    throw new Error(`FindCoordinator was answered ${transactionErrorOf(errorCode).name}`)
  }
}

const keyOf = ({ kind, key }: Coordinated): string => `${kind} ${key}`

/** A missing permission, which kafkajs takes for a missing coordinator (K36). */
export function unauthorized({ kind, key }: Coordinated, code: number): TransactionFault {
  const what = `${kind === 'group' ? 'group' : 'transactional id'} "${key}"`
  const { name } = transactionErrorOf(code)
  const reason = name.endsWith('AUTHORIZATION_FAILED') ? `${name}: it needs ${NEEDED[kind]}` : name
  const cause = fail('MILLRACE_DRIVER_UNAUTHORIZED', { what, reason })
  return new TransactionFault(`${what}: ${reason}`, { verdict: 'refused', code, cause })
}
