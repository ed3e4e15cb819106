import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import type { Mutant } from './mutant.js'

/** What MILLRACE_MUTANT holds as JSON. */
export type PatchedSource = Pick<Mutant, 'file' | 'search' | 'replace'>

// The broker's unit suites on sources of which one place is replaced.
const { file, search, replace }: PatchedSource = JSON.parse(process.env['MILLRACE_MUTANT'] ?? '{}')

export default defineConfig({
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      load(id) {
        if (!id.endsWith(`/packages/broker/src/${file}`)) return undefined
        const source = readFileSync(id, 'utf8')
        if (source.split(search).length !== 2) throw new Error(`the sources have changed: ${file}`)
        return { code: source.replace(search, () => replace), map: null }
      },
    },
  ],
  resolve: { conditions: ['@millrace/source'] },
  ssr: { resolve: { conditions: ['@millrace/source'] } },
  test: {
    include: ['packages/broker/src/**/*.test.ts'],
    testTimeout: 20_000,
    // A source that was replaced once would be found there by the next mutant.
    fsModuleCache: false,
    reporters: ['default'],
  },
})
