import type { Sender } from '@millrace/core'

export interface Ticking {
  /** Ends it and resolves with how many records the broker took. Idempotent. */
  stop(): Promise<number>
}

/** One record into every partition each `tickMs`; its value is a number of its own. Closes the sender. */
export function startTicking(
  sender: Sender,
  { topic, partitions, tickMs }: { readonly topic: string; readonly partitions: number; readonly tickMs: number },
): Ticking {
  const sending: Promise<unknown>[] = []
  const send = (): void => {
    for (let partition = 0; partition < partitions; partition += 1) {
      const value = Buffer.from(String(sending.length))
      sending.push(sender.send({ topic, partition, key: null, value }))
    }
  }
  send()
  const timer = setInterval(send, tickMs)
  const end = async (): Promise<number> => {
    clearInterval(timer)
    await Promise.all(sending)
    await sender.close()
    return sending.length
  }
  let ending: Promise<number> | undefined
  return { stop: () => (ending ??= end()) }
}
