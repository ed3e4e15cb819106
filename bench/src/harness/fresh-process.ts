import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Run } from './workload.js'

/** What a fresh process sends to the one that compares. */
export type RunMessage = { readonly run: Run }

const isRunMessage = (message: unknown): message is RunMessage =>
  typeof message === 'object' && message !== null && 'run' in message

/** Runs one side of a workload once in a process of its own: `program` answers with one `RunMessage` and ends. */
export async function runInFreshProcess(
  program: string,
  args: readonly string[],
  { limitMs = 120_000 }: { limitMs?: number } = {},
): Promise<Run> {
  const child = fork(program, [...args], { timeout: limitMs, killSignal: 'SIGKILL' })
  let answer: Run | undefined
  child.on('message', (message) => {
    if (isRunMessage(message)) answer = message.run
  })
  const [code, signal] = await once(child, 'exit')
  if (code === 0 && answer !== undefined) return answer
  throw new Error(`"${args.join(' ')}" ended with ${signal ?? `code ${code}`} and ${answer ? 'a' : 'no'} result.`)
}
