import { styleText } from 'node:util'
import type { ProbeRecord } from '@millrace/testing'
import type { Verdict } from './verdict.js'

const whatColumns = 14
const numberColumns = 6

/** The table at the end: what, how many, and whether that is what it should be. */
export function printVerdicts(out: NodeJS.WriteStream, verdicts: readonly Verdict[]): void {
  for (const { what, found, note, problem } of verdicts) {
    const mark =
      problem === undefined ? styleText('green', 'ok', { stream: out }) : styleText('red', 'NO', { stream: out })
    out.write(`   ${mark}  ${what.padEnd(whatColumns)}${String(found).padStart(numberColumns)}   ${note}\n`)
    if (problem !== undefined) out.write(`       ${styleText('red', problem, { stream: out })}\n`)
  }
}

/** One dead letter as it lies in its topic: where, key, value and every header. */
export function printDeadLetter(out: NodeJS.WriteStream, topic: string, record: ProbeRecord): void {
  out.write(`   ${topic}[${record.partition}]@${record.offset}\n`)
  const rows = [
    ['key', shown(record.key)],
    ['value', shown(record.value)],
    ...record.headers.map(([name, value]) => [name.toString(), shown(value)]),
  ]
  for (const [name = '', value = ''] of rows) {
    const lines = wrapped(value, 72)
    out.write(`   ${styleText('cyan', name.padEnd(20), { stream: out })} ${lines.join(`\n${' '.repeat(24)}`)}\n`)
  }
}

/** What a terminal can show of bytes. */
const shown = (bytes: Buffer | null): string =>
  bytes === null ? 'null' : bytes.toString().replaceAll(/[\p{C}\u{FFFD}]/gu, '·')

const wrapped = (text: string, width: number): readonly string[] =>
  text.match(new RegExp(`.{1,${width}}`, 'gu')) ?? ['']
