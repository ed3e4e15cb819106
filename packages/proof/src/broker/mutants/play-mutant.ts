/**
 * A process of its own in which the broker's sources are loaded as they are but for one place: Node strips their types, and the hooks
 * below find `x.ts` where `x.js` is imported and patch the one file on its way in. Nothing is written to disk.
 *
 * `node play-mutant.ts '{"mutant": ..., "areas": [...]}'` prints one line of JSON for each check that is red.
 */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import type { Mutant } from './mutant.js'

/** What the process is told. */
export interface MutantToPlay {
  readonly mutant: Mutant | undefined
  readonly model: { readonly seed: number; readonly runs: number }
  readonly areas: readonly string[]
}

const sources = new URL('../../../../broker/src/', import.meta.url)
// The types of this line are gone when it runs; what it says was said by whoever started this process.
const told = JSON.parse(process.argv[2] ?? '') as MutantToPlay

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL !== undefined) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
      if (existsSync(source)) return { url: source.href, format: 'module-typescript', shortCircuit: true }
    }
    return next(specifier, context)
  },
  load(url, context, next) {
    const { mutant } = told
    if (mutant === undefined || url !== new URL(mutant.file, sources).href) return next(url, context)
    const source = readFileSync(new URL(url), 'utf8')
    if (source.split(mutant.search).length !== 2) throw new Error(`the sources have changed: ${mutant.name}`)
    return {
      format: 'module-typescript',
      source: source.replace(mutant.search, () => mutant.replace),
      shortCircuit: true,
    }
  },
})

const judges: { judgeMutant(told: MutantToPlay): AsyncGenerator<{ readonly check: string; readonly found: string }> } =
  await import(new URL('./judge-mutant.ts', import.meta.url).href)
for await (const red of judges.judgeMutant(told)) process.stdout.write(`${JSON.stringify(red)}\n`)
// A broker that is wrong may have left anything behind.
process.exit(0)
