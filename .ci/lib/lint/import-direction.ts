/**
 * The directions in which imports may point: `examples -> millrace -> adapters -> core`, and inside core from the flow's
 * folders to its leaves. Pure: a file, what it imports and how, in; the broken rules out. `oxlint-plugin.ts` runs it.
 */
import { posix } from 'node:path'

export type ImportRule =
  | 'core-stands-alone'
  | 'broker-stands-alone'
  | 'kafkajs-only-in-its-driver'
  | 'adapters-see-core-only'
  | 'users-see-the-facade-only'
  | 'no-deep-imports'
  | 'no-test-code-in-production'
  | 'core-folders-flow-one-way'

export type ImportFact = {
  /** The importing file, from the root of the repository, with forward slashes. */
  readonly file: string
  readonly specifier: string
  readonly typeOnly: boolean
}

type Broken = { readonly rule: ImportRule; readonly why: string }

const testCode = /\.(test|test-d|integration)\.[mc]?[jt]s$|(^|\/)(test-support|fixtures)\//
const ours = /^(millrace|@millrace\/[^/]+)(\/.*)?$/
const kafkaClients = /^(kafkajs|node-rdkafka|@confluentinc\/kafka-javascript|@platformatic\/kafka|kafka-node)(\/|$)/

/** What a folder of core may import at run time besides itself. A type may also come from anywhere but a forbidden folder. */
const coreFolders: Readonly<
  Record<string, { readonly runtime: readonly string[]; readonly never?: readonly string[] }>
> = {
  observe: { runtime: [''] },
  declare: { runtime: ['observe', ''] },
  receive: { runtime: ['observe', ''] },
  settle: { runtime: ['observe', ''] },
  produce: { runtime: ['observe', ''] },
  // The loop gets the settlement as a function, so it does not know that the folder exists.
  process: { runtime: ['declare', 'receive', 'produce', 'observe', ''], never: ['settle'] },
  // The parts of the composition root: they wire the others together, and only worker.ts wires them.
  assemble: { runtime: ['declare', 'receive', 'process', 'settle', 'produce', 'observe', ''] },
  // Rows of the one catalogue, by what they are about.
  errors: { runtime: [''] },
  // Files beside the folders, errors and options, are leaves.
  '': { runtime: ['errors'] },
}
const unnamedFolder: (typeof coreFolders)[string] = { runtime: ['observe', ''] }
/** These see everything, so nothing in core may see them. */
const compositionRoots = ['packages/core/src/worker.ts', 'packages/core/src/index.ts']

/** Every rule that one import breaks. */
export function brokenImportRules(fact: ImportFact): Broken[] {
  const home = homeOf(fact.file)
  if (home === undefined) return []
  const target = fact.specifier.startsWith('.') ? posix.join(posix.dirname(fact.file), fact.specifier) : undefined
  const checks = [deepImport, coreAlone, brokerAlone, clientInDriver, adapters, users, testInProduction, coreFlow]
  return checks.flatMap((check) => check({ ...fact, home, target, isTest: testCode.test(fact.file) }) ?? [])
}

type Examined = ImportFact & { readonly home: string; readonly target: string | undefined; readonly isTest: boolean }

/** The workspace that a file belongs to, or undefined where no rule applies. */
const homeOf = (file: string): string | undefined => /^((packages|examples)\/[^/]+|bench|infra)\//.exec(file)?.[1]

function deepImport({ specifier, target, home }: Examined): Broken | undefined {
  const leaves = target !== undefined && !target.startsWith(`${home}/`)
  if (!leaves && !/^(millrace|@millrace\/[^/]+)\/(src|dist)(\/|$)/.test(specifier)) return undefined
  return { rule: 'no-deep-imports', why: `"${specifier}" reaches into another package: import it by its name` }
}

function coreAlone({ home, target, specifier, typeOnly, isTest }: Examined): Broken | undefined {
  if (home !== 'packages/core' || target !== undefined || specifier.startsWith('node:')) return undefined
  if (specifier === '@standard-schema/spec' && typeOnly) return undefined
  if (isTest && !ours.test(specifier) && !kafkaClients.test(specifier)) return undefined
  return {
    rule: 'core-stands-alone',
    why: `core imports relative files, node: modules and types of @standard-schema/spec, not "${specifier}"`,
  }
}

/** The broker is of use without the rest of us: it runs on Node alone, and its tests know nothing of ours either. */
function brokerAlone({ home, target, specifier, isTest }: Examined): Broken | undefined {
  if (home !== 'packages/broker' || target !== undefined || specifier.startsWith('node:')) return undefined
  if (isTest && (!ours.test(specifier) || specifier.startsWith('@millrace/broker'))) return undefined
  return {
    rule: 'broker-stands-alone',
    why: `the broker imports relative files and node: modules, not "${specifier}"`,
  }
}

function clientInDriver({ home, specifier, isTest }: Examined): Broken | undefined {
  if (!kafkaClients.test(specifier) || home === 'packages/kafkajs' || home === 'bench') return undefined
  // A broker is tried by clients that it does not know.
  if (home === 'packages/broker' && isTest) return undefined
  return { rule: 'kafkajs-only-in-its-driver', why: 'a Kafka client is imported by packages/kafkajs only' }
}

const adapterHomes = [
  'packages/kafkajs',
  'packages/inversify',
  'packages/schema-registry',
  'packages/telemetry',
  'packages/testing',
]

function adapters({ home, specifier, isTest }: Examined): Broken | undefined {
  const name = ours.exec(specifier)?.[1]
  if (!adapterHomes.includes(home) || isTest || name === undefined || name === '@millrace/core') return undefined
  // The test kit starts the broker and the registry.
  if (home === 'packages/testing' && name === '@millrace/broker') return undefined
  if (home === 'packages/testing' && specifier === '@millrace/schema-registry/dev') return undefined
  return { rule: 'adapters-see-core-only', why: `an adapter imports @millrace/core, not "${specifier}"` }
}

function users({ home, specifier }: Examined): Broken | undefined {
  if (!home.startsWith('examples/') && home !== 'infra') return undefined
  const name = ours.exec(specifier)?.[1]
  // The registry is no part of the facade: only who has one installs it.
  if (name === undefined || ['millrace', '@millrace/testing', '@millrace/schema-registry'].includes(name))
    return undefined
  return {
    rule: 'users-see-the-facade-only',
    why: `examples import millrace, @millrace/testing and @millrace/schema-registry, not "${specifier}"`,
  }
}

function testInProduction({ target, specifier, isTest, home }: Examined): Broken | undefined {
  const inTests = target !== undefined && testCode.test(target.replace(/\.js$/, '.ts'))
  const kit = specifier.startsWith('@millrace/testing') && home === 'packages/millrace'
  if (isTest || !(inTests || kit)) return undefined
  return { rule: 'no-test-code-in-production', why: `"${specifier}" is test code` }
}

function coreFlow({ file, target, typeOnly, isTest }: Examined): Broken | undefined {
  const from = coreFolderOf(file)
  const to = target === undefined ? undefined : coreFolderOf(target)
  if (target === undefined || from === undefined || to === undefined || isTest) return undefined
  if (compositionRoots.includes(file)) return undefined
  if (compositionRoots.includes(target.replace(/\.js$/, '.ts'))) {
    return { rule: 'core-folders-flow-one-way', why: `nothing in core imports its composition root` }
  }
  if (from === to) return undefined

  const { runtime, never = [] } = coreFolders[from] ?? unnamedFolder
  if (!never.includes(to) && (typeOnly || runtime.includes(to))) return undefined
  return {
    rule: 'core-folders-flow-one-way',
    why: `${from || 'a file beside the folders'} does not import ${to || 'from beside the folders'}${typeOnly ? '' : ' at run time'}`,
  }
}

/** The folder of core that a file lies in, '' for a file beside the folders. */
function coreFolderOf(file: string): string | undefined {
  const path = /^packages\/core\/src\/(.*)$/.exec(file)?.[1]
  return path === undefined ? undefined : path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}
