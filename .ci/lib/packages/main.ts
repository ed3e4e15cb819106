/**
 * Packs every public package, checks the tarballs with publint and attw, and uses them in an empty project the way a user
 * does: install, type-check, run, require. Expects a finished build.
 */
import { spawnSync, type StdioOptions } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const work = mkdtempSync(join(tmpdir(), 'millrace-packed-'))
const limitMs = 300_000

function run(directory: string, command: string, ...args: string[]): string {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const ended = spawnSync(command, args, { cwd: directory, encoding: 'utf8', timeout: limitMs, stdio })
  if (ended.status === 0) return ended.stdout
  const how = ended.error?.message ?? ended.signal ?? `code ${ended.status}`
  throw new Error(`${command} ${args.join(' ')} ended with ${how} in ${directory}:\n${ended.stdout}${ended.stderr}`)
}

const tool = (name: string): string => join(root, 'node_modules/.bin', name)
const manifest = (directory: string): { private?: boolean; version: string } =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

function packAll(): string[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  for (const directory of packages) {
    if (manifest(directory).private !== true) run(directory, 'pnpm', 'pack', '--pack-destination', work)
  }
  return readdirSync(work).filter((name) => name.endsWith('.tgz'))
}

function useInEmptyProject(tarballs: readonly string[]): string {
  const project = join(work, 'project')
  cpSync(join(import.meta.dirname, 'fixtures/project'), project, { recursive: true })
  const installed = (name: string): string => manifest(join(root, name)).version
  const devDependencies = {
    '@types/node': installed('node_modules/@types/node'),
    typescript: installed('node_modules/typescript'),
    zod: installed('docs/node_modules/zod'),
  }
  const dependencies = Object.fromEntries(tarballs.map((file) => [nameIn(join(work, file)), `file:../${file}`]))
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ type: 'module', private: true, dependencies, devDependencies }),
  )
  run(project, 'npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts')
  run(project, join(project, 'node_modules/.bin/tsc'), '-p', '.')
  return run(project, process.execPath, 'out/main.js') + run(project, process.execPath, 'out/require.cjs')
}

const nameIn = (tarball: string): string => {
  const { name }: { name: string } = JSON.parse(run(work, 'tar', '-xzOf', tarball, 'package/package.json'))
  return name
}

try {
  const tarballs = packAll()
  for (const tarball of tarballs) {
    run(work, tool('publint'), '--strict', join(work, tarball))
    run(work, tool('attw'), join(work, tarball), '--profile', 'esm-only')
    console.log(`publint and attw: ${tarball}`)
  }
  console.log(useInEmptyProject(tarballs).trimEnd())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
