import { defineConfig } from 'vitest/config'

// Sources are tested as written: the condition picks src/index.ts of each workspace package instead of its build.
const shared = {
  resolve: { conditions: ['@millrace/source'] },
  ssr: { resolve: { conditions: ['@millrace/source'] } },
  oxc: { decorator: { legacy: true } },
}

// One broker for the whole run, started by the test kit.
const sharedBroker = './packages/testing/src/brokers/vitest-global-setup.ts'

// CI reads its numbers from this file; people read the terminal.
const reportFile = process.env['MILLRACE_TEST_REPORT']

export default defineConfig({
  test: {
    reporters: reportFile === undefined ? ['default'] : ['default', ['json', { outputFile: reportFile }]],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{packages,examples}/*/src/**/*.test.ts', 'bench/src/**/*.test.ts', '.ci/lib/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/fixtures/**'],
          testTimeout: 20_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{packages,examples}/*/src/**/*.integration.ts'],
          globalSetup: [sharedBroker],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A busy machine is no reason to fail: the bound of a wait is there so that it ends.
          expect: { poll: { timeout: 30_000 } },
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
