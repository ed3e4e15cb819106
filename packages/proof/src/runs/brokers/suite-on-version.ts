import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kafkaVersionVariable } from '@millrace/testing'
import { readReport, type SuiteReport } from './read-report.js'

export interface SuiteOutcome extends SuiteReport {
  /** What the suites themselves said about being skipped, one line each. */
  readonly reasons: readonly string[]
}

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
/** Its output is only kept to find the skips in. */
const maxTextLength = 1_048_576

/** Runs the integration suites, or those under `paths`, on one version of Kafka. Rejects when they could not be run at all. */
export async function suiteOnVersion(
  version: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<SuiteOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-brokers-'))
  const report = join(directory, 'report.json')
  try {
    const text = await runVitest(paths, { [kafkaVersionVariable]: version, MILLRACE_TEST_REPORT: report }, signal)
    const reasons = text.split('\n').filter((line) => line.startsWith('skipped: '))
    return { ...readReport(await readFile(report, 'utf8'), root), reasons }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function runVitest(
  paths: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, 'run', '--project', 'integration', ...paths], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
      signal,
      killSignal: 'SIGTERM',
    })
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      process.stderr.write(chunk)
      text = (text + chunk).slice(-maxTextLength)
    })
    child.once('error', reject)
    child.once('close', () => resolve(text)) // a failed test is an exit code too, and the report says which
  })
}
