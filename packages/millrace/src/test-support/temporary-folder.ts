import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with these files in it, gone at the end of its scope. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): Disposable & {
  readonly path: string
  /** Writes a file, and gives its path. */
  file(name: string, text: string): string
} {
  const path = mkdtempSync(join(tmpdir(), 'millrace-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(path, name), text)
    return join(path, name)
  }
  for (const [name, text] of Object.entries(files)) file(name, text)
  return { path, file, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
