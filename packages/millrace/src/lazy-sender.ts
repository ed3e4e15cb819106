import { type Driver, fail, type Sender, type SenderOptions } from '@millrace/core'

/** A sender that opens at the first record, and once more at the next one when that failed. It owns its driver. */
export function createLazySender(driver: Driver, options: SenderOptions): Sender {
  let opening: Promise<Sender> | undefined
  let open: Sender | undefined
  let closed: Promise<void> | undefined

  function opened(): Promise<Sender> {
    opening ??= driver.openSender(options).then(
      (sender) => (open = sender),
      (error: unknown) => {
        opening = undefined
        throw error
      },
    )
    return opening
  }
  async function close(limits?: { readonly timeoutMs?: number }): Promise<void> {
    try {
      const sender = await opening?.catch(() => undefined) // whoever sent was told that it did not open
      await sender?.close(limits)
    } finally {
      await driver.close()
    }
  }

  return {
    send(record, signal) {
      if (closed !== undefined) return Promise.reject(fail('MILLRACE_PRODUCE_CLOSED', {}))
      return open === undefined ? opened().then((sender) => sender.send(record, signal)) : open.send(record, signal)
    },
    async flush(limits) {
      const sender = await opening?.catch(() => undefined) // nothing was sent, so nothing waits
      await sender?.flush(limits)
    },
    close: (limits) => (closed ??= close(limits)),
  }
}
