import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Runs one compiled snippet. Returns what is wrong with it, or undefined. */
export async function runSnippet(
  script: string,
  prints: string | undefined,
  { limitMs = 60_000 }: { limitMs?: number } = {},
): Promise<string | undefined> {
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  const [printed, complaints, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (code !== 0) return `ended with ${signal ?? `code ${code}`}: ${complaints.trim() || printed.trim()}`
  if (prints === undefined || matches(printed, prints)) return undefined
  return `printed\n${indented(printed)}\n  instead of\n${indented(prints)}`
}

/** Whether the output is as shown; "..." in what is shown stands for anything. */
export function matches(printed: string, shown: string): boolean {
  const pattern = tidy(shown)
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*?')
  return new RegExp(`^${pattern}$`).test(tidy(printed))
}

const tidy = (output: string): string =>
  output
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()

const indented = (output: string): string => tidy(output).replace(/^/gm, '    ')
