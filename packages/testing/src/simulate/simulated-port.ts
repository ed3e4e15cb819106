/**
 * The driver port of one process in the fast layer: the driver in memory, with a network between. Every call travels there, is
 * applied, and its answer travels back; so does what the group tells the member, and records. Either way takes time, keeps its order,
 * and can be cut. What the process knows of its leases is its own knowledge, as in a real driver: it learns of an end only when it is
 * told, and until then it may try to commit, and is refused.
 */
import type { Driver, Sender, TransactionalSender } from '@millrace/core'
import { type CallThrough, createPortCalls, type PortCallsParts } from './port-calls.js'
import { transactionsThrough } from './port-transactions.js'
import { SimulatedMember } from './simulated-member.js'

export interface SimulatedPort {
  readonly driver: Driver
  /** Calls that are on their way are lost, or only their answers are. */
  cut(lost: 'requests' | 'answers'): void
  /** The group has not heard of it for a session: it is out, and learns of it when it lives again. */
  expire(): void
}

export interface PortParts extends PortCallsParts {
  readonly inner: Driver
  readonly began: (group: string, generation: number) => void
}

export function createSimulatedPort(parts: PortParts): SimulatedPort {
  const { world, cluster, inner, began } = parts
  const calls = createPortCalls(parts)
  const { call, back } = calls
  const members = new Set<SimulatedMember>()

  const driver: Driver = {
    name: inner.name,
    capabilities: inner.capabilities,
    describeTopics: (names, signal) => call('describe topics', () => inner.describeTopics(names, signal)),
    join(options, events) {
      const member = new SimulatedMember({
        ...{ call, back, options, events },
        join: (told) => world.inside(cluster, () => inner.join(options, told)),
        began: (generation) => began(options.group, generation),
        gone: (one) => void members.delete(one),
      })
      members.add(member)
      return member
    },
    openSender: async (options) => senderThrough(await call('open sender', () => inner.openSender(options)), call),
    async openTransactions(options, signal) {
      const reopen = (): Promise<TransactionalSender> => inner.openTransactions(options, new AbortController().signal)
      const first = await call('open transactions', () => inner.openTransactions(options, signal))
      return transactionsThrough(first, reopen, options.transactionalId, call)
    },
    close: async () => undefined,
  }

  return {
    driver,
    cut: (lost) => calls.cut(lost),
    expire() {
      for (const member of members) void world.inside(cluster, () => member.expire())
    },
  }
}

const senderThrough = (inner: Sender, call: CallThrough): Sender => ({
  send: (record, signal) => call(`send to ${record.topic}`, () => inner.send(record, signal)),
  flush: (options) => call('flush', () => inner.flush(options)),
  close: (options) => call('close sender', () => inner.close(options)),
})
