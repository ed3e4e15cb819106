import { defineConfig } from 'vitest/config'

/** The broker's unit suites on sources of which one place is replaced: MILLRACE_MUTANT says which. */
const { file, search, replace }: { file: string; search: string; replace: string } = JSON.parse(
  process.env['MILLRACE_MUTANT'] ?? '{}',
)

export default defineConfig({
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform: (code, id) =>
        id.endsWith(`/packages/broker/src/${file}`)
          ? { code: code.replace(search, () => replace), map: null }
          : undefined,
    },
  ],
  resolve: { conditions: ['@millrace/source'] },
  ssr: { resolve: { conditions: ['@millrace/source'] } },
  test: { include: ['packages/broker/src/**/*.test.ts'], testTimeout: 20_000, reporters: ['default'] },
})
