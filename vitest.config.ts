import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Sources are tested as written: the condition picks src/index.ts of each workspace package instead of its build.
const shared = {
  resolve: { conditions: ['@millrace/source'] },
  ssr: { resolve: { conditions: ['@millrace/source'] } },
  oxc: { decorator: { legacy: true } },
}

const brokerSource = (file: string): string =>
  fileURLToPath(new URL(`./packages/broker/src/${file}/index.ts`, import.meta.url))
// A global setup is resolved without the condition, and both of these load the broker.
const withSetup = {
  ...shared,
  resolve: {
    ...shared.resolve,
    alias: {
      '@millrace/broker/protocol': brokerSource('protocol'),
      '@millrace/broker/records': brokerSource('log'),
      '@millrace/broker': brokerSource('.'),
    },
  },
}

// One real Kafka for the whole run, started by the test kit.
const sharedBroker = './packages/testing/src/brokers/vitest-global-setup.ts'
// An embedded broker for each test file, and one probe that looks into all of them.
const embeddedBrokers = './packages/testing/src/brokers/vitest-embedded-setup.ts'

const brokerTests = '{packages,examples}/*/src/**/*.integration.ts'
/** Judged by how long a record stands still behind a fault: on the real Kafka nothing else runs beside them. */
const chaosTests = 'packages/proof/src/chaos*.integration.ts'

const onBrokers = {
  include: [brokerTests],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // A busy machine is no reason to fail: the bound of a wait is there so that it ends.
  expect: { poll: { timeout: 30_000 } },
}

/** Minutes of waiting, and little work: what begins with them has ended when they have. */
const isLong = ({ moduleId }: TestSpecification): boolean =>
  /\/(chaos|transaction-endings)[^/]*\.integration\.ts$/.test(moduleId)

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

// CI reads its numbers from this file; people read the terminal.
const reportFile = process.env['MILLRACE_TEST_REPORT']

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
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
        ...withSetup,
        test: {
          ...onBrokers,
          name: 'integration',
          exclude: [...configDefaults.exclude, chaosTests],
          globalSetup: [sharedBroker],
          // Most of them wait for a session or a time limit of Kafka.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...withSetup,
        test: {
          ...onBrokers,
          name: 'chaos',
          include: [chaosTests],
          globalSetup: [sharedBroker],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        ...withSetup,
        test: {
          ...onBrokers,
          name: 'embedded',
          globalSetup: [embeddedBrokers],
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
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
