import type { Problem } from '@millrace/core'
import type { Said, Setting } from '../environment/settings.js'
import { type Env, type VariableName, variableNames, variableOf } from '../environment/variables.js'

export interface SecretsRead {
  readonly said: Said
  readonly problems: readonly Problem[]
}

/** Reads `<NAME>_FILE` of each secret. Problems name the variable and the path, never what is in the file. */
export function readSecretFiles(env: Env, readFile: (path: string) => string): SecretsRead {
  const said = new Map<VariableName, Setting>()
  const problems: Problem[] = []
  for (const name of variableNames.filter((variable) => variableOf(variable).secret)) {
    const where = `${name}_FILE`
    const path = env[where]?.trim() ?? ''
    if (path === '') continue
    if ((env[name] ?? '').trim() !== '') {
      problems.push({ where, problem: `is set beside ${name}`, fix: 'set only one of the two' })
      continue
    }
    const text = contentOf(path, readFile)
    if (text.kind === 'wrong') problems.push({ where, problem: `${path} ${text.problem}`, fix: text.fix })
    else said.set(name, { text: text.value, where, origin: 'environment' })
  }
  return { said, problems }
}

type Content =
  | { readonly kind: 'ok'; readonly value: string }
  | { readonly kind: 'wrong'; readonly problem: string; readonly fix: string }

/** Without the one line break that editors and `echo` leave at the end. */
function contentOf(path: string, readFile: (path: string) => string): Content {
  try {
    const value = readFile(path).replace(/\r?\n$/, '')
    return value.trim() === ''
      ? { kind: 'wrong', problem: 'is empty', fix: 'put the secret into the file, and nothing else' }
      : { kind: 'ok', value }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    const fix = 'correct the path, or let this user read the file'
    return { kind: 'wrong', problem: `can't be read (${code})`, fix }
  }
}
