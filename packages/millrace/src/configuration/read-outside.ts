import { readFileSync } from 'node:fs'
import type { Problem } from '@millrace/core'
import { type Said, saidBy } from '../environment/settings.js'
import { type Env, variableNames } from '../environment/variables.js'
import { type FileOptions, readConfigFile } from './read-config-file.js'
import { readSecretFiles } from './read-secret-files.js'
import { warnOfUnknown } from './warn-of-unknown.js'

/** What is said about a process outside of its code: variables, the files that some of them name, the config file. */
export interface Outside {
  readonly said: Said
  /** Options of the worker that have no variable, from the config file. */
  readonly options: FileOptions
  /** Where each of these options stands. */
  readonly places: ReadonlyMap<string, string>
  /** The variables as the worker hands them on: with what files say about the schema registry, which reads them itself. */
  readonly env: Env
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Reads it all, once, and names every fault. `folder` is where a config file is looked for. */
export function readOutside(env: Env, folder = '.'): Outside {
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const secrets = readSecretFiles(env, readFile)
  const file = readConfigFile(env, { folder, readFile })
  const said: Said = new Map([...file.said, ...saidBy(env), ...secrets.said])
  return {
    said,
    options: file.options,
    places: file.places,
    env: { ...env, ...forSerdes(said) },
    problems: [...secrets.problems, ...file.problems],
    warnings: warnOfUnknown(env),
  }
}

const forSerdes = (said: Said): Env =>
  Object.fromEntries(
    variableNames
      .filter((name) => name.startsWith('SCHEMA_REGISTRY_'))
      .flatMap((name) => {
        const text = said.get(name)?.text
        return text === undefined ? [] : [[name, text]]
      }),
  )
