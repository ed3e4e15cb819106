import type { Worker } from '@millrace/core'
import { announce, machineNowMs } from '@millrace/testing'

/** Everything a test may want to await, with its moment on the clock of the run lines, and the ledger whenever it is worth a look. */
export function announceAll(worker: Pick<Worker, 'onAny' | 'inspect'>): void {
  const ledger = (at: string): void => {
    const { groups, handlers } = worker.inspect()
    announce('ledger', { at, groups, handlers })
  }
  worker.onAny((event) => {
    const { name, ...carried } = event
    const facts = { ...carried, atMs: Math.round(machineNowMs()) }
    if (name === 'commit.done' || name === 'record.retrying') return
    announce(name, 'error' in facts ? { ...facts, error: String(facts.error) } : facts)
    if (name === 'member.joined' || name === 'worker.draining' || name === 'worker.stopped') ledger(name)
    if (name.startsWith('partition.')) {
      const { isReady, notReadyBecause } = worker.inspect()
      announce('readiness', { isReady, notReadyBecause })
    }
  })
}
