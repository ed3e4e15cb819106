import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where jars, formatted directories and compiled tools are kept between runs: one place per user. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  if (env['MILLRACE_CACHE']) return env['MILLRACE_CACHE']
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace')
}

/** Short name of everything that a cached thing was made from. */
export const cacheKey = (...inputs: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)

/**
 * The directory `target`, built if it is not there. It is built beside its place and moved there in one step, so it is
 * either absent or complete; of two processes that build it at once, one throws its work away.
 */
export async function buildOnce(target: string, build: (draft: string) => Promise<void>): Promise<string> {
  if (await isThere(target)) return target
  await mkdir(dirname(target), { recursive: true })
  const draft = await mkdtemp(`${target}.draft-`)
  try {
    await build(draft)
    await rename(draft, target)
  } catch (error) {
    // The other process was first, and what it built is as good as ours.
    if (!(await isThere(target))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return target
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false, // unreadable counts as absent: building it then says why
  )
