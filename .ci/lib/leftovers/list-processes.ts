import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { ProcessFact } from './find-leftovers.ts'

/** All processes of this machine that we may look into. Without /proc (macOS) the mark and the directory stay unknown. */
export function listProcesses(): ProcessFact[] {
  if (!existsSync('/proc/self/stat')) return listWithPs()
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
}

function readProcess(pid: number): ProcessFact | undefined {
  try {
    // The second field is the program's name in brackets, and may itself hold brackets and spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return undefined
    return {
      pid,
      parent: Number(parent),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
      cwd: readlinkSync(`/proc/${pid}/cwd`),
      mark: /(?:^|\0)MILLRACE_CI_RUN=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1],
    }
  } catch {
    // It ended while we looked, or belongs to another user: neither is a process of this run.
    return undefined
  }
}

function listWithPs(): ProcessFact[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command, cwd: '', mark: undefined }]
  })
}
