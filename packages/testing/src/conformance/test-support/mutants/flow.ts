import type { Mutant } from './mutant.js'
import { mutateMember } from './mutate-member.js'

export const flowMutants: readonly Mutant[] = [
  {
    name: 'does not pause',
    breaks: 'pause-stops-fetching',
    driver: mutateMember({
      // A pause in onRecords has a rule of its own.
      lease: (lease, mutated) => ({ pause: () => (mutated.isHandingOver ? lease.pause() : undefined) }),
    }),
  },
  {
    name: 'skips what came during a pause',
    breaks: 'resume-goes-on',
    driver: mutateMember({
      lease(lease, { world }) {
        let isSought = false
        return {
          seek(offset) {
            isSought = true
            lease.seek(offset)
          },
          resume() {
            if (!isSought) lease.seek(world.driver.endOffset(lease.topic, lease.partition))
            lease.resume()
          },
        }
      },
    }),
  },
  {
    name: 'hands the last batch over again after a pause',
    breaks: 'resume-goes-on',
    driver: mutateMember({
      lease(lease, { lastBatch, hand }) {
        let isSought = false
        return {
          seek(offset) {
            isSought = true
            lease.seek(offset)
          },
          resume() {
            const batch = lastBatch(lease)
            if (batch !== undefined && !isSought) hand(lease, batch)
            lease.resume()
          },
        }
      },
    }),
  },
  {
    name: 'pauses the whole topic',
    breaks: 'a-paused-partition-is-alone',
    driver: mutateMember({
      lease: (lease, { held }) => ({
        pause() {
          lease.pause()
          // Only the others' own pause, or it would go round in a circle.
          for (const other of held) if (other.topic === lease.topic && other.partition > lease.partition) other.pause()
        },
      }),
    }),
  },
  {
    name: 'ignores a seek once records have come',
    breaks: 'seek-moves',
    driver: mutateMember({
      lease: (lease, { lastBatch }) => ({
        seek: (offset) => (lastBatch(lease) === undefined || !lease.isLive ? lease.seek(offset) : undefined),
      }),
    }),
  },
  {
    name: 'hands over what it had fetched before a seek',
    breaks: 'seek-moves',
    driver: mutateMember({
      lease: (lease, { lastBatch, hand }) => ({
        seek(offset) {
          lease.seek(offset)
          const batch = lastBatch(lease)
          if (batch !== undefined) setImmediate(() => hand(lease, batch))
        },
      }),
    }),
  },
  {
    name: 'forgets a pause that is made in onRecords',
    breaks: 'a-pause-in-onrecords-counts',
    driver: mutateMember({
      lease: (lease, mutated) => ({ pause: () => (mutated.isHandingOver ? undefined : lease.pause()) }),
    }),
  },
  {
    name: 'forgets a seek that is made in onRecords',
    breaks: 'a-seek-in-onrecords-counts',
    driver: mutateMember({
      lease: (lease, mutated) => ({ seek: (offset) => (mutated.isHandingOver ? undefined : lease.seek(offset)) }),
    }),
  },
]
