import { type ConsumerGroup, parseConsumerGroup, unsupported } from '../internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource, type TrustedSource } from './kafkajs-source.js'

/** What these files do with a ConsumerGroup is what the member counts on. */
const CALLERS: readonly TrustedSource[] = [
  'consumer/runner.js',
  'consumer/index.js',
  'consumer/fetchManager.js',
  'consumer/fetcher.js',
]

export interface MembershipWatcher {
  /** Before each join, on kafkajs's stack. */
  onJoining(group: ConsumerGroup): void
  onJoinFailed(error: unknown): void
}

/** Keyed by the consumer's own cluster, so a plain kafkajs consumer in this process is never touched. */
const watchers = new WeakMap<object, MembershipWatcher>()
let isInstalled = false

/** Hands the ConsumerGroup of one consumer to `watcher`: generation, member id, and the methods that the member takes over. */
export const watchMembership = (cluster: object, watcher: MembershipWatcher): void =>
  void watchers.set(cluster, watcher)

/** A consumer of ours is in our hands before it joins for the first time. kafkajs has no public way to its ConsumerGroup. */
export const capturedMembership: ShippedGuard = {
  name: 'captured-membership',
  why: 'kafkajs has no public way to the membership of a consumer. It is handed to the driver before the first join, which then fetches, commits and heartbeats by itself.',
  neverLeftOut: 'it is the way in: without it no member works, and no test of one passes',
  install() {
    if (isInstalled) return
    for (const source of CALLERS) loadTrustedSource(source)
    const ConsumerGroupClass = loadTrustedSource('consumer/consumerGroup.js')
    if (typeof ConsumerGroupClass !== 'function') throw unsupported('its ConsumerGroup has another shape')
    const prototype: { joinAndSync: () => Promise<void> } = ConsumerGroupClass.prototype
    const joinAndSync = prototype.joinAndSync
    prototype.joinAndSync = async function (this: unknown) {
      const group = parseConsumerGroup(this)
      const watcher = watchers.get(group.cluster)
      if (watcher === undefined) return joinAndSync.call(group)
      watcher.onJoining(group)
      try {
        await joinAndSync.call(group)
      } catch (error) {
        watcher.onJoinFailed(error)
        throw error
      }
    }
    isInstalled = true
  },
}
