import type { Worker } from '@millrace/core'
import { announce } from '@millrace/testing'

/** Says every event of a worker to the test that started the process, and its ledger at the end. Commits are too many. */
export function announceWorker(worker: Worker): void {
  worker.onAny((event) => {
    const { name, ...facts } = event
    if (name === 'commit.done') return
    announce(name, 'error' in facts ? { ...facts, error: String(facts.error) } : facts)
    if (name !== 'worker.stopped') return
    const { groups, handlers } = worker.inspect()
    announce('ledger', { at: name, groups, handlers })
  })
}
