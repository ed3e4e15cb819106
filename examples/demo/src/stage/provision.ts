import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ProvisionOptions {
  readonly brokers: string
  readonly topic: string
  readonly deadLetterTopic: string
  readonly partitions: number
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

const script = fileURLToPath(new URL('../../../../infra/provision-topics.ts', import.meta.url))

/** Runs `infra/provision-topics.ts` as a deployment does. */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { brokers, topic, deadLetterTopic, partitions, onLine, signal } = options
  const args = [
    '--topic',
    topic,
    '--dlq-topic',
    deadLetterTopic,
    '--partitions',
    String(partitions),
    '--brokers',
    brokers,
  ]
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], signal })
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`provisioning ended with exit code ${code}`)
}
