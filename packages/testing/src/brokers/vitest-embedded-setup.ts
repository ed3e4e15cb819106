import type { TestProject } from 'vitest/node'
import type { RunningProbe } from '../reader/running-probe.js'
import { startJavaProbe } from '../reader/start-java-probe.js'
import { startWireProbe } from '../reader/wire/start-wire-probe.js'
import { isUnavailable } from './broker-under-test.js'
import { collectLeftOut } from './left-out.js'
import type {} from './vitest-global-setup.js'

/** `wire`: the client of the kit looks into brokers even where there is Java. */
const probeVariable = 'MILLRACE_TEST_PROBE'

/**
 * For `globalSetup` in a vitest project: its test files have an embedded broker each, which they find by `describeWithBroker`, and one
 * probe for all of them, Kafka's own clients where there is Java. What they leave out is told at the end, one line for each reason.
 */
export default async function startProbeForTestRun(project: TestProject): Promise<() => Promise<void>> {
  const probe = await startProbe(process.env)
  const leftOut = collectLeftOut()
  const { kind, port } = probe
  const { notes } = leftOut
  const address = { broker: 'embedded', bootstrap: [], probe: kind, probePort: port, notes } as const
  project.provide('millraceBroker', { kind: 'running', ...address })
  return async () => {
    await probe.stop()
    for (const line of leftOut.lines()) process.stderr.write(`left out on the embedded broker, which lacks ${line}\n`)
    leftOut.remove()
  }
}

async function startProbe(env: NodeJS.ProcessEnv): Promise<RunningProbe> {
  const java = env[probeVariable] === 'wire' ? undefined : await startJavaProbe({ env })
  return java === undefined || isUnavailable(java) ? startWireProbe() : java
}
