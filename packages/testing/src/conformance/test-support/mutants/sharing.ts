import type { Driver, Member, Sender } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'
import type { Mutant } from './mutant.js'

interface Opened {
  readonly members: Set<Member>
  readonly senders: Set<Sender>
}

/** A driver as a process has it: what it has opened is its own. */
const mutateDriver =
  (change: (driver: Driver, opened: Opened) => Partial<Driver>) =>
  (world: InMemoryWorld): Driver => {
    const opened: Opened = { members: new Set(), senders: new Set() }
    const { driver } = world
    const watched: Driver = {
      ...driver,
      join(options, events) {
        const member = driver.join(options, events)
        opened.members.add(member)
        return member
      },
      async openSender(options) {
        const sender = await driver.openSender(options)
        opened.senders.add(sender)
        return sender
      },
    }
    return { ...watched, ...change(watched, opened) }
  }

export const sharingMutants: readonly Mutant[] = [
  {
    name: 'stops all its members when one of two groups leaves',
    breaks: 'members-of-one-driver-are-independent',
    driver: mutateDriver((driver, { members }) => {
      const groups = new Set<string>()
      return {
        join(options, events) {
          groups.add(options.group)
          const member = driver.join(options, events)
          return {
            commit: (commits, signal) => member.commit(commits, signal),
            endOffsets: (leases, signal) => member.endOffsets(leases, signal),
            async leave() {
              const others = groups.size < 2 ? [member] : [...members]
              await Promise.all(others.map((one) => one.leave()))
            },
          }
        },
      }
    }),
  },
  {
    name: 'closes all its senders with one',
    breaks: 'senders-of-one-driver-are-independent',
    driver: mutateDriver((driver, { senders }) => ({
      async openSender(options) {
        const sender = await driver.openSender(options)
        return {
          send: (record, signal) => sender.send(record, signal),
          flush: (limits) => sender.flush(limits),
          async close(limits) {
            await Promise.all([...senders].map((one) => one.close(limits)))
          },
        }
      },
    })),
  },
  {
    name: 'closes its senders when it is closed',
    breaks: 'a-driver-closes-what-is-its-own',
    driver: mutateDriver((driver, { senders }) => ({
      async close() {
        await Promise.all([...senders].map((one) => one.close()))
        await driver.close()
      },
    })),
  },
  {
    name: 'rejects a second close',
    breaks: 'a-driver-closes-what-is-its-own',
    driver: mutateDriver((driver) => {
      let isClosed = false
      return {
        async close() {
          if (isClosed) throw new Error('closed already')
          isClosed = true
          await driver.close()
        },
      }
    }),
  },
]
