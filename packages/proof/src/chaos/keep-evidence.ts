import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chaosReport } from './chaos-report.js'
import type { ChaosEvidence, ChaosVerdict } from './judge-chaos.js'

/** Writes down what a run has seen, for whoever has to find out why it was red. */
export async function keepEvidence(folder: string, evidence: ChaosEvidence, verdict: ChaosVerdict): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { workers, sent, lines, commits, kills, fired, deadLetters } = evidence
  const write = (name: string, rows: readonly unknown[]): Promise<void> =>
    writeFile(join(folder, name), rows.map((row) => `${JSON.stringify(row, asText)}\n`).join(''))
  await Promise.all([
    writeFile(join(folder, 'report.md'), chaosReport(evidence, verdict).join('\n')),
    writeFile(join(folder, 'wrong.txt'), verdict.wrong.join('\n')),
    ...workers.map(({ name, log }) => writeFile(join(folder, `${name}.log`), log)),
    ...workers.map(({ name, announcements }) => write(`${name}.said.jsonl`, announcements)),
    write('sent.jsonl', sent),
    write('lines.jsonl', lines),
    write('commits.jsonl', commits),
    write('dead-letters.jsonl', deadLetters),
    write('kills.jsonl', kills),
    write('fired.jsonl', fired),
  ])
}

const asText = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Map ? [...value] : value
}
