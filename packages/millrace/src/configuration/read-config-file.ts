import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type Problem, workerOptions, type WorkerOptionsInput } from '@millrace/core'
import type { Setting } from '../environment/settings.js'
import type { Env, VariableName } from '../environment/variables.js'
import { type FileKey, fileKeys, isGroup } from './file-keys.js'
import { type FileEntry, parseConfigText, placeOf } from './parse-config-text.js'
import { unknownKey } from './unknown-key.js'

export type FileOptions = Partial<WorkerOptionsInput>

export interface FileReading {
  readonly said: ReadonlyMap<VariableName, Setting>
  readonly options: FileOptions
  /** Where each of the options stands. */
  readonly places: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

export interface FileAccess {
  /** Where a config file is looked for. */
  readonly folder: string
  readonly readFile: (path: string) => string
}

const names = ['millrace.config.json', 'millrace.config.yaml', 'millrace.config.yml'] as const
const extensions = ['.json', '.yaml', '.yml']

/** The config file that `MILLRACE_CONFIG` names, or the one in the folder. Without one nothing is said. */
export function readConfigFile(env: Env, { folder, readFile }: FileAccess): FileReading {
  const asked = env['MILLRACE_CONFIG']?.trim() ?? ''
  const found = asked === '' ? names.filter((name) => existsSync(join(folder, name))) : [asked]
  const [file] = found
  if (file === undefined) return reading([])
  if (found.length > 1) {
    return reading([{ where: file, problem: `stands beside ${found.slice(1).join(' and ')}`, fix: 'keep one of them' }])
  }
  if (!extensions.includes(extname(file))) {
    return reading([
      {
        where: 'MILLRACE_CONFIG',
        problem: `${file} is neither JSON nor YAML`,
        fix: `use a file that ends in ${extensions.join(', ')}`,
      },
    ])
  }
  try {
    return readText(readFile(asked === '' ? join(folder, file) : asked), file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    const where = asked === '' ? file : 'MILLRACE_CONFIG'
    return reading([
      { where, problem: `${file} can't be read (${code})`, fix: 'correct the path, or let this user read it' },
    ])
  }
}

const reading = (problems: readonly Problem[]): FileReading => ({
  said: new Map(),
  options: {},
  places: new Map(),
  problems,
})

function readText(text: string, file: string): FileReading {
  const { entries, problems: unread } = parseConfigText(text, file)
  const problems: Problem[] = [...unread]
  const said = new Map<VariableName, Setting>()
  const options: Record<string, unknown> = {}
  const places = new Map<string, string>()
  const unknown = new Set<string>()

  for (const entry of entries) {
    const key = fileKeys.get(entry.path.join('.'))
    // As an empty variable: not said. Of a key that is not known that is a slip all the same.
    if (entry.value === null && isGroup(entry.path)) continue
    if (key === undefined) {
      const problem = unknownKey(entry, unknown)
      if (problem !== undefined) problems.push(problem)
    } else if (entry.value === null) continue
    else if (key.kind === 'option') {
      const parsed = workerOptions[key.name].kind.parse(entry.value)
      if (parsed.kind === 'wrong') problems.push({ where: placeOf(entry), problem: parsed.problem, fix: parsed.fix })
      else options[key.name] = entry.value
      places.set(key.name, placeOf(entry))
    } else readSetting(entry, key, said, problems)
  }
  // Each value was parsed above by the kind that WorkerOptionsInput states.
  return { said, options: options as FileOptions, places, problems }
}

function readSetting(
  entry: FileEntry,
  key: Exclude<FileKey, { kind: 'option' }>,
  said: Map<VariableName, Setting>,
  problems: Problem[],
): void {
  const { value, text } = entry
  const where = placeOf(entry)
  if (key.kind === 'process') {
    const problem = 'belongs to one process, and the file is the same for all'
    problems.push({ where, problem, fix: `set ${key.variable} instead, such as to the name of the pod` })
  } else if (typeof value === 'object' && !(Array.isArray(value) && key.name === 'KAFKA_BROKERS')) {
    problems.push({ where, problem: 'is a list', fix: 'write one value' })
  } else if (value === undefined) {
    problems.push({ where, problem: 'is a group', fix: 'write one value' })
  } else {
    said.set(key.name, { text: Array.isArray(value) ? value.join(',') : text, where, origin: 'file' })
  }
}
