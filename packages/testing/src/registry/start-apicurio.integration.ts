import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isUnavailable } from '../brokers/broker-under-test.js'
import { describeWithBroker } from '../brokers/describe-with-broker.js'
import { isAlive } from '../brokers/test-support/processes.js'
import { startApicurio } from './start-apicurio.js'

describeWithBroker('Apicurio as a process of its own', { needs: ['jvm process'] }, () => {
  test('answers with the level BACKWARD, and leaves neither process nor files behind', async () => {
    const own = mkdtempSync(join(tmpdir(), 'millrace-test-'))
    vi.stubEnv('TMPDIR', own)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(own, { recursive: true })
    })
    const registry = await startApicurio()
    if (isUnavailable(registry)) throw new Error(registry.unavailable)
    try {
      const answer = await fetch(`${registry.url}/config`)
      expect(await answer.json()).toEqual({ compatibilityLevel: 'BACKWARD' })
      expect(isAlive(registry.pid)).toBe(true)
    } finally {
      await registry.stop()
      await registry.stop()
    }
    expect(isAlive(registry.pid)).toBe(false)
    expect(readdirSync(tmpdir())).toEqual([])
  })

  test('is unavailable in one line where there is no Java, and ends with the signal it was given', async () => {
    const nowhere = { PATH: '/nowhere', HOME: tmpdir() }
    expect(await startApicurio({ env: nowhere })).toEqual({ unavailable: expect.stringMatching(/^[^\n]*Java[^\n]*$/) })
    const reason = new Error('enough')
    await expect(startApicurio({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
