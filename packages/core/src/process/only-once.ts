import { leavesOutSeen, type Middleware } from '../declare/middleware.js'

/** Remembers what was done, keyed by group and record id. A database implements it in the transaction of the work itself. */
export interface OnceStore {
  /** Runs the work unless this key was completed before. A work that throws leaves no mark. */
  runOnce(key: string, work: () => Promise<unknown>): Promise<'ran' | 'seen'>
}

/** Skips a record that this group has completed before: duplicates after a crash or a redrive have no second effect. Not around a
 * transform, whose plan is refused with it: the outputs of a redelivered record would be lost. */
export function onlyOnce(store: OnceStore): Middleware {
  const onlyOnceMiddleware: Middleware = async (_message, context, next) => {
    await store.runOnce(`${context.group}/${context.id}`, next)
  }
  return Object.assign(onlyOnceMiddleware, { [leavesOutSeen]: true })
}

/** A store for tests and for single processes: remembers the last `limit` keys and forgets everything at the exit. */
export function memoryOnceStore({ limit = 100_000 }: { readonly limit?: number } = {}): OnceStore {
  const done = new Set<string>()
  return {
    async runOnce(key, work) {
      if (done.has(key)) return 'seen'
      await work()
      done.add(key)
      for (const oldest of done) {
        if (done.size <= limit) break
        done.delete(oldest)
      }
      return 'ran'
    },
  }
}
