import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Sources import each other by `.js`, as the build needs it; Node alone, without a bundler, has to be told. */
const resolveSources = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(name, context, next) {
    try { return next(name, context) } catch (error) {
      if (name.startsWith('.') && name.endsWith('.js')) return next(name.slice(0, -3) + '.ts', context)
      throw error
    }
  },
})`

/** Runs a source file of this folder as a process of its own, for tests that kill it. */
export const runTypescript = (name: string, args: readonly string[]): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--experimental-strip-types',
      '--disable-warning=ExperimentalWarning',
      `--import=data:text/javascript,${encodeURIComponent(resolveSources)}`,
      fileURLToPath(new URL(name, import.meta.url)),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
