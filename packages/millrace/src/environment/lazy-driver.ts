import type { Driver } from '@millrace/core'
import type { KafkajsDriverOptions } from '@millrace/kafkajs'

/** A driver whose code is loaded when it is first needed. */
export interface LazyDriver extends Driver {
  /** Before `join`, which can't wait for it. The other calls load by themselves. */
  load(): Promise<void>
}

/** The kafkajs driver. Loading it takes a third of the time that all of millrace takes, and tests without a broker never need it. */
export function createLazyDriver(options: KafkajsDriverOptions): LazyDriver {
  let loading: Promise<Driver> | undefined
  let loaded: Driver | undefined

  async function make(): Promise<Driver> {
    const { createKafkajsDriver } = await import('@millrace/kafkajs')
    return (loaded = createKafkajsDriver(options))
  }
  const driver = (): Promise<Driver> => (loading ??= make())

  return {
    name: 'kafkajs',
    get capabilities() {
      return loaded?.capabilities ?? { transactions: false, staticMembership: false }
    },
    async load() {
      await driver()
    },
    describeTopics: async (names, signal) => (await driver()).describeTopics(names, signal),
    openSender: async (sender) => (await driver()).openSender(sender),
    openTransactions: async (transactions, signal) => (await driver()).openTransactions(transactions, signal),
    join(member, events) {
      if (loaded === undefined) throw new TypeError('a driver joins after it was loaded')
      return loaded.join(member, events)
    },
    async close() {
      const opened = await loading?.catch(() => undefined) // what could not be loaded has opened nothing
      await opened?.close()
    },
  }
}
