/** `before <file>` writes down which processes run; `after <file>` fails, and names them, when new ones are left. */
import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findLeftovers } from './find-leftovers.ts'
import { listProcesses } from './list-processes.ts'

const [when, file] = process.argv.slice(2)
const { MILLRACE_CI_RUN: mark = '', MILLRACE_CACHE, XDG_CACHE_HOME } = process.env
const cache = MILLRACE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace')
const checkout = join(import.meta.dirname, '../../..')

function leftovers(path: string) {
  const before = new Set<number>(JSON.parse(readFileSync(path, 'utf8')))
  return findLeftovers(listProcesses(), { mark, self: process.pid, before, checkout, cache })
}

if (file === undefined || mark === '') throw new Error('usage: MILLRACE_CI_RUN=<mark> main.ts before|after <file>')
if (when === 'before') {
  writeFileSync(file, JSON.stringify(listProcesses().map(({ pid }) => pid)))
} else {
  // A process that is just ending is not left behind: it gets two seconds.
  for (let look = 0; look < 10 && leftovers(file).length > 0; look += 1) await pause(200)
  const left = leftovers(file)
  for (const { pid, command, cwd } of left) console.error(`left behind: ${pid} ${command.slice(0, 200)} (in ${cwd})`)
  console.log(`${left.length} processes left behind`)
  if (left.length > 0) process.exitCode = 1
}
