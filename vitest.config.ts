import { defineConfig } from 'vitest/config'

// Sources are tested as written: the condition picks src/index.ts of each workspace package instead of its build.
const shared = {
  resolve: { conditions: ['@millrace/source'] },
  ssr: { resolve: { conditions: ['@millrace/source'] } },
  oxc: { decorator: { legacy: true } },
}

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['{packages,examples,bench}/**/src/**/*.test.ts'] },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{packages,examples}/**/src/**/*.integration.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/src/**/*.test-d.ts'],
            tsconfig: './tsconfig.check.json',
          },
        },
      },
    ],
  },
})
