import { workerOptions } from '@millrace/core'
import { type VariableName, variableNames, variableOf } from '../environment/variables.js'

/** What a key of the config file stands for: a variable's setting, or an option of the worker that has no variable. */
export type FileKey =
  | { readonly kind: 'variable'; readonly name: VariableName }
  | { readonly kind: 'option'; readonly name: WorkerOptionName }
  /** Must differ from process to process, and the file is the same for all of them. */
  | { readonly kind: 'process'; readonly variable: VariableName }

export type WorkerOptionName = keyof typeof workerOptions

const isWorkerOption = (name: string): name is WorkerOptionName => Object.hasOwn(workerOptions, name)

/** All keys, by their path. */
export const fileKeys: ReadonlyMap<string, FileKey> = new Map<string, FileKey>([
  ...Object.keys(workerOptions)
    .filter(isWorkerOption)
    .map((name): [string, FileKey] => [name, { kind: 'option', name }]),
  ...variableNames.flatMap((name): [string, FileKey][] => {
    const path = variableOf(name).option
    return path === undefined ? [] : [[path, { kind: 'variable', name }]]
  }),
  ['instanceId', { kind: 'process', variable: 'KAFKA_GROUP_INSTANCE_ID' }],
  ['transactionalInstance', { kind: 'process', variable: 'KAFKA_INSTANCE_ID' }],
])

/** The keys that stand directly under a path; '' is the top. */
export function keysUnder(path: string): readonly string[] {
  const prefix = path === '' ? '' : `${path}.`
  const below = [...fileKeys.keys()].filter((key) => key.startsWith(prefix))
  return [...new Set(below.map((key) => key.slice(prefix.length).split('.')[0] ?? ''))]
}

export const isGroup = (path: readonly string[]): boolean =>
  [...fileKeys.keys()].some((key) => key.startsWith(`${path.join('.')}.`))
