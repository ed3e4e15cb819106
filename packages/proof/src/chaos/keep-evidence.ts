import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChaosEvidence } from './judge-chaos.js'
import type { PipelineEvidence } from '../rig/pipeline-rig.js'

export interface Findings {
  readonly wrong: readonly string[]
  readonly report: readonly string[]
}

/** Writes down what a run has seen, for whoever has to find out why it was red. */
export async function keepEvidence(
  folder: string,
  evidence: ChaosEvidence & Partial<Omit<PipelineEvidence, keyof ChaosEvidence>>,
  { wrong, report }: Findings,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { workers, sent, lines, commits, kills, fired, deadLetters } = evidence
  const { outputs = [], during, aborted, downstream = [], stable = [], transactions = [] } = evidence
  const write = (name: string, rows: readonly unknown[] = []): Promise<void> =>
    rows.length === 0
      ? Promise.resolve()
      : writeFile(join(folder, name), rows.map((row) => `${JSON.stringify(row, asText)}\n`).join(''))
  await Promise.all([
    writeFile(join(folder, 'report.md'), report.join('\n')),
    writeFile(join(folder, 'wrong.txt'), wrong.join('\n')),
    ...workers.map(({ name, log }) => writeFile(join(folder, `${name}.log`), log)),
    ...workers.map(({ name, announcements }) => write(`${name}.said.jsonl`, announcements)),
    write('sent.jsonl', sent),
    write('lines.jsonl', lines),
    write('commits.jsonl', commits),
    write('dead-letters.jsonl', deadLetters),
    write('kills.jsonl', kills),
    write('fired.jsonl', fired),
    write('outputs.jsonl', outputs),
    write('outputs-during.jsonl', during?.outputs),
    write('letters-during.jsonl', during?.letters),
    write('aborted-input.jsonl', aborted?.input),
    write('aborted-outputs.jsonl', aborted?.outputs),
    write('downstream.jsonl', downstream),
    write('stable.jsonl', [...stable, ...transactions]),
  ])
}

const asText = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value)
  if (isBytes(value)) return Buffer.from(value.data).toString()
  return value instanceof Map ? [...value] : value
}

/** As `Buffer` writes itself before it gets here. */
const isBytes = (value: unknown): value is { readonly data: readonly number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
