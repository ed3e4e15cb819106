import { afterAll, describe, expect, inject, test } from 'vitest'
import { type BrokerNeed, unmet } from './broker-needs.js'
import { brokerOfThisFile, stopBrokerOfThisFile } from './broker-of-this-file.js'
import { noteLeftOut } from './left-out.js'
import { openSharedBroker, type SharedBroker, type SharedBrokerAddress } from './shared-broker.js'
import type {} from './vitest-global-setup.js'

/** The broker of the project that a test runs in. */
export interface SuiteBroker extends SharedBroker {
  /** Whether this broker lacks it, for `test.skipIf`. What is left out for it is told at the end of the run, with the file. */
  readonly lacks: (need: BrokerNeed) => boolean
}

export interface SuiteOptions {
  /** What the suite can't do without. Where the broker lacks it the suite is skipped, and told at the end of the run. */
  readonly needs?: readonly BrokerNeed[]
}

type Suite = (broker: SuiteBroker) => void
type Running = Extract<SharedBrokerAddress, { readonly kind: 'running' }>

declare module 'vitest' {
  interface TaskMeta {
    /** The kind of broker that a test met: for reports. */
    millraceBroker?: SharedBroker['kind']
  }
}

/**
 * `describe` for tests on the broker of their vitest project: one real Kafka for all files, or an embedded broker for each.
 * Without a broker the tests count as skipped; with `CI` set, or without the global setup, one test fails instead.
 */
export function describeWithBroker(name: string, suite: Suite): void
export function describeWithBroker(name: string, options: SuiteOptions, suite: Suite): void
export function describeWithBroker(name: string, ...rest: [Suite] | [SuiteOptions, Suite]): void {
  const [options, suite] = rest.length === 1 ? [{}, rest[0]] : rest
  const verdict = judge(name, inject('millraceBroker'), options.needs)
  if (verdict.kind === 'fail') {
    describe(name, () => {
      test('needs a broker', () => {
        throw new Error(verdict.line)
      })
    })
  } else if (verdict.kind === 'skip') {
    describe.skip(name, () => suite({ ...openSharedBroker(nowhere), lacks: () => false }))
  } else if (verdict.missing.length > 0) {
    for (const need of verdict.missing) note(verdict.address, need)
    describe.skip(name, () => suite({ ...openSharedBroker(nowhere), lacks: () => true }))
  } else {
    describeOn(verdict.address, name, suite)
  }
}

const nowhere = { broker: 'external', bootstrap: [], probePort: 0 } as const

function describeOn(address: Running, name: string, suite: Suite): void {
  const isEmbedded = address.broker === 'embedded'
  // On the level of the file: its other suites are on the same broker.
  if (isEmbedded) afterAll(stopBrokerOfThisFile)
  describe(name, { meta: { millraceBroker: address.broker } }, async () => {
    const bootstrap = isEmbedded ? (await brokerOfThisFile()).bootstrap : address.bootstrap
    const broker = openSharedBroker({ ...address, bootstrap })
    const lacks = (need: BrokerNeed): boolean => {
      const isLacking = unmet(address, [need]).length > 0
      if (isLacking) note(address, need)
      return isLacking
    }
    afterAll(() => broker.probe.close())
    suite({ ...broker, lacks })
  })
}

const note = ({ notes }: Running, need: BrokerNeed): void => {
  const { testPath = '' } = expect.getState()
  if (notes !== undefined) noteLeftOut(notes, need, testPath)
}

type Verdict =
  | { readonly kind: 'run'; readonly address: Running; readonly missing: readonly BrokerNeed[] }
  | { readonly kind: 'skip' }
  | { readonly kind: 'fail'; readonly line: string }

export function judge(
  name: string,
  address: SharedBrokerAddress | undefined,
  needs: readonly BrokerNeed[] = [],
): Verdict {
  if (address === undefined) {
    const line = `${name}: no broker; add '@millrace/testing/vitest-global-setup' to globalSetup`
    return { kind: 'fail', line }
  }
  if (address.kind === 'running') return { kind: 'run', address, missing: unmet(address, needs) }
  if (!address.required) return { kind: 'skip' }
  return { kind: 'fail', line: `${name}: CI is set and Kafka is required; ${address.reason}` }
}
