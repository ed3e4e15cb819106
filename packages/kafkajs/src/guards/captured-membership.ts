import { type ConsumerGroup, parseConsumerGroup, unsupported } from '../internals.js'
import type { Guard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const SHA256 = 'f3e461738585a8dc6574c647123a18afc732f81cdee4f9f7bb62e4aa1dffbfbb'
/** What these files do with a ConsumerGroup is what the member counts on. */
const CALLERS = {
  'consumer/runner.js': 'fad3247df2e3ba483b94e014e5c5916fd72d7bdfc3b3dfccc5232b60da18306d',
  'consumer/index.js': 'cdf5b3d7c67364b2b55a5c491225c08318054b515e079fa3aa7b7d9f4d8d19dd',
  'consumer/fetchManager.js': '9a07c96b6150d654ab47c3fe7f98a6ae9c3fc3fdf340ad8001d69dc25e3131d0',
  'consumer/fetcher.js': 'a9418ebe7cffdbac79408ebf176450e508420bb2cdb2ae51d79bf4ee1a244c16',
}

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
export const capturedMembership: Guard = {
  name: 'captured-membership',
  install() {
    if (isInstalled) return
    for (const [source, sha256] of Object.entries(CALLERS)) loadTrustedSource(source, sha256)
    const ConsumerGroupClass = loadTrustedSource('consumer/consumerGroup.js', SHA256)
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
