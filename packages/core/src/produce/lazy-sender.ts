import { fail } from '../millrace-error.js'
import type { Sender } from './sender.js'

/**
 * A sender that opens at the first record, and once more at the next one when that failed. Records that wait for it to open
 * keep their order.
 */
export function createLazySender(open: () => Promise<Sender>): Sender {
  let opening: Promise<Sender> | undefined
  let opened: Sender | undefined
  let waiting = 0
  let closing: Promise<void> | undefined

  function openOnce(): Promise<Sender> {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  async function sendOpened(...[record, signal]: Parameters<Sender['send']>): ReturnType<Sender['send']> {
    waiting += 1
    try {
      opened = await openOnce()
    } finally {
      waiting -= 1
    }
    return opened.send(record, signal)
  }
  async function close(limits?: { readonly timeoutMs?: number }): Promise<void> {
    const sender = await opening?.catch(() => undefined) // whoever sent was told that it did not open
    await sender?.close(limits)
  }

  return {
    send(record, signal) {
      if (closing !== undefined) return Promise.reject(fail('MILLRACE_PRODUCE_CLOSED', {}))
      return opened === undefined || waiting > 0 ? sendOpened(record, signal) : opened.send(record, signal)
    },
    async flush(limits) {
      const sender = await opening?.catch(() => undefined) // nothing was sent, so nothing waits
      await sender?.flush(limits)
    },
    close: (limits) => (closing ??= close(limits)),
  }
}
