import type { Problem } from '@millrace/core'
import type { Setting } from './settings.js'

/** A certificate or key: the text itself, or the file that holds it. */
export type Pem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly where: string }

const begin = /-----BEGIN [A-Z0-9 ]+-----/

/** PEM text is known by its first line; everything else is a path. Platforms that allow one line only write `\n` for the breaks. */
export function readPem(setting: Setting | undefined, name: string, problems: Problem[]): Pem | undefined {
  if (setting === undefined) return undefined
  const { text, where } = setting
  if (!text.includes('-----')) return { kind: 'file', path: text.trim(), where }
  if (begin.test(text) && /-----END [A-Z0-9 ]+-----/.test(text)) {
    return { kind: 'text', text: text.replaceAll('\\n', '\n').replaceAll('\\r', '') }
  }
  const problem = 'looks like PEM text but has no complete -----BEGIN ...----- and -----END ...----- lines'
  problems.push({ where, problem, fix: `put the whole text into ${name}, or the path of the file` })
  return undefined
}

/** The text of a PEM, its file read. The problem names the file and never what is in it. */
export function loadPem(pem: Pem, readFile: (path: string) => string, problems: Problem[]): string | undefined {
  if (pem.kind === 'text') return pem.text
  const { path, where } = pem
  const fix = 'correct the path, or put the PEM text itself into the variable'
  try {
    const text = readFile(path)
    if (begin.test(text)) return text
    problems.push({ where, problem: `${path} holds no PEM text`, fix })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    problems.push({ where, problem: `${path} can't be read (${code})`, fix })
  }
  return undefined
}
