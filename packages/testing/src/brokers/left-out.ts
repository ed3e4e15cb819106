import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { object, text } from '../reader/json-shape.js'
import { type BrokerNeed, brokerNeeds } from './broker-needs.js'

interface Note {
  readonly need: string
  readonly file: string
}

const note = object<Note>({ need: text, file: text })

/** Where the processes of one run note what they left out, so that it is said once, at the end and together. */
export interface LeftOut {
  /** For `noteLeftOut`. */
  readonly notes: string
  /** One line for each need, with the files that left something out for it. */
  lines(): string[]
  remove(): void
}

export function collectLeftOut(): LeftOut {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-left-out-'))
  const notes = join(directory, 'notes.jsonl')
  return {
    notes,
    lines() {
      if (!existsSync(notes)) return []
      const found = readFileSync(notes, 'utf8').trim().split('\n')
      const byNeed = new Map<string, Set<string>>()
      for (const { need, file } of found.map((line) => note(JSON.parse(line), 'note'))) {
        byNeed.set(need, (byNeed.get(need) ?? new Set()).add(basename(file)))
      }
      return [...byNeed].map(([need, files]) => `${need}: ${[...files].toSorted().join(', ')}`).toSorted()
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export function noteLeftOut(notes: string, need: BrokerNeed, file: string): void {
  appendFileSync(notes, `${JSON.stringify({ need: brokerNeeds[need], file })}\n`)
}
