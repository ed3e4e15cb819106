import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, cpus, platform, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { wantedKafkaVersion } from '@millrace/testing'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const run = promisify(execFile)

export interface KeptPage {
  readonly name: string
  readonly title: string
  readonly command: string
  readonly lines: readonly string[]
}

/** Writes `docs/proof/<name>.md`: what was printed, and on what it was run. No names of machines, no paths of them. */
export async function keepPage({ name, title, command, lines }: KeptPage): Promise<string> {
  const facts: readonly (readonly [string, string])[] = [
    ['date', new Date().toISOString().slice(0, 10)],
    ['commit', await commit()],
    ['command', `\`${command}\``],
    [
      'versions',
      `Apache Kafka ${wantedKafkaVersion(process.env)}, kafkajs ${await kafkajsVersion()}, Node ${process.version}`,
    ],
    ['machine', machine()],
  ]
  const table = ['| | |', '| --- | --- |', ...facts.map(([fact, value]) => `| ${fact} | ${value} |`)]
  const file = `docs/proof/${name}.md`
  await mkdir(`${root}docs/proof`, { recursive: true })
  await writeFile(`${root}${file}`, [`# ${title}`, '', ...table, '', ...lines, ''].join('\n'))
  return file
}

async function commit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => (await run('git', args, { cwd: root })).stdout.trim()
  const changed = await git('status', '--porcelain', '--untracked-files=no', '--', 'packages')
  const id = await git('rev-parse', '--short', 'HEAD')
  return changed === '' ? id : `${id}, and changes that are not committed`
}

/** Of the driver that was run; it may be another one than the newest that this repository knows. */
async function kafkajsVersion(): Promise<string> {
  const driver = createRequire(createRequire(import.meta.url).resolve('@millrace/kafkajs/package.json'))
  const text: unknown = JSON.parse(await readFile(driver.resolve('kafkajs/package.json'), 'utf8'))
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown'
}

const machine = (): string =>
  `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${platform()} on ${arch()}`
