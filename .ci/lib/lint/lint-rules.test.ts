import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const fixtures = join(import.meta.dirname, 'fixtures')

// The rules read paths from the folder that oxlint runs in, so the fixtures are linted as if they were a repository.
const copy = mkdtempSync(join(tmpdir(), 'millrace-lint-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const broken = lintedCopy()

describe('the lint rules on one fixture each', () => {
  it.each(files)('%s breaks what its first lines say, and nothing else', (file) => {
    const said = readFileSync(join(fixtures, file), 'utf8').matchAll(/^\/\/ breaks: (\S+)$/gm)
    const expected = Array.from(said, ([, rule = '']) => rule)
    expect(broken.get(file) ?? []).toEqual(expected.toSorted())
  })

  it('shows every rule that the configuration names by hand', () => {
    const config: { rules: Record<string, string> } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'))
    const named = Object.keys(config.rules).filter((rule) => config.rules[rule] === 'error')
    expect([...new Set([...broken.values()].flat())].sort()).toEqual(named.sort())
  })
})

function lintedCopy(): Map<string, string[]> {
  cpSync(fixtures, copy, { recursive: true })
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const run = spawnSync(process.execPath, [oxlint, '-c', join(root, '.oxlintrc.json'), '-f', 'json'], {
    cwd: copy,
    // A symbolic link to node_modules would be walked, all of it.
    env: { ...process.env, OXLINT_TSGOLINT_PATH: join(root, 'node_modules/.bin/tsgolint') },
    encoding: 'utf8',
    timeout: 60_000,
  })
  const found = new Map<string, string[]>()
  const report: { diagnostics: { code: string; filename: string }[] } = JSON.parse(run.stdout)
  for (const { code, filename } of report.diagnostics) {
    // "typescript(no-explicit-any)" is written "typescript/no-explicit-any" in the configuration.
    const rule = code.replace(/^([^(]+)\(([^)]+)\)$/, '$1/$2')
    found.set(filename, [...new Set([...(found.get(filename) ?? []), rule])].sort())
  }
  return found
}
