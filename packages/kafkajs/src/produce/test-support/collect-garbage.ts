import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a test can't ask of a run without `--expose-gc`. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  await new Promise((resolve) => setImmediate(resolve)) // a WeakRef keeps its target until the turn ends
  if (typeof collect === 'function') collect()
}
