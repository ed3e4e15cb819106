import { readFile } from 'node:fs/promises'
import { parseRunLine, type RunLine } from './run-line.js'

/**
 * Reads the run logs of all workers of a test, in the order of time; lines of one worker keep their order. A file that
 * does not exist is a worker that ran nothing. A last line without its end is what a full disk leaves, and is left out;
 * anything else that is not a run line is an error that names the place.
 */
export async function readRunLogs(paths: readonly string[]): Promise<readonly RunLine[]> {
  const logs = await Promise.all(paths.map(readRunLog))
  return logs.flat().toSorted((a, b) => a.timeMs - b.timeMs)
}

async function readRunLog(path: string): Promise<readonly RunLine[]> {
  const text = await readIfThere(path)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      const parsed = parseRunLine(line)
      if (parsed === undefined) throw new Error(`${path}:${index + 1} is not a run line: ${line.slice(0, 200)}`)
      return parsed
    })
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
