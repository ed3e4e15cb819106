import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What the process holds after a full collection, in bytes: objects, and buffers beside the heap. */
export async function heldBytes(): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    collect()
    // Finalizers of sockets and buffers run between turns.
    await new Promise((resolve) => setImmediate(resolve))
  }
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export const mebibyte = 1024 ** 2
