import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrokerUnavailable, isUnavailable } from './broker-under-test.js'
import { buildOnce, cacheDirectory, cacheKey, isThere } from './cache-directory.js'
import { findJava, type Java } from './find-java.js'
import { type CommandOptions, runCommand } from './run-command.js'
import { TestKitError } from './test-kit-error.js'

/** The Apache Kafka that the launchers start where nobody asks for another one, and whose clients the probe always uses. */
export const kafkaVersion = '4.3.1'

/** Another version, such as `3.6.1`: the oldest that the launchers know how to start. */
export const kafkaVersionVariable = 'MILLRACE_TEST_KAFKA_VERSION'

/** @throws MILLRACE_TEST_BROKER_FAILED for what is not three numbers. */
export function wantedKafkaVersion(env: NodeJS.ProcessEnv, asked = env[kafkaVersionVariable]): string {
  const version = asked || kafkaVersion
  if (/^\d+\.\d+\.\d+$/.test(version)) return version
  throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `"${version}" is no version of Kafka, such as ${kafkaVersion}`)
}

/** A Java and the jars of Kafka: what the broker and the probe run on. */
export interface KafkaJvm {
  readonly java: Java
  /** Every jar by full path in a fixed order, because class archives are bound to the exact class path. */
  readonly classpath: string
  readonly cache: string
  /** Stands for Java build and jar set in the keys of everything made from them. */
  readonly key: string
}

/** A file of this package's `kafka-jvm` folder; it stands beside `src` and `dist` alike. */
export const kafkaJvmFile = (name: string): string => fileURLToPath(new URL(`../../kafka-jvm/${name}`, import.meta.url))

/** Finds Java and resolves Kafka's jars from Maven once per user. Unavailable without Java, or without Maven and a filled cache. */
export async function prepareKafkaJvm(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
  version: string = kafkaVersion,
): Promise<KafkaJvm | BrokerUnavailable> {
  const java = await findJava(env)
  if (isUnavailable(java)) return java

  const pom = kafkaJvmFile('pom.xml')
  const cache = cacheDirectory(env)
  const target = join(cache, `jars-${version}-${cacheKey(await readFile(pom, 'utf8'))}`)
  const missing = await resolveJars({ pom, target, version }, { env, signal })
  if (missing !== undefined) return missing

  const jars = (await readdir(target)).filter((name) => name.endsWith('.jar')).toSorted()
  const classpath = jars.map((name) => join(target, name)).join(delimiter)
  return { java, classpath, cache, key: cacheKey(java.version, classpath) }
}

async function resolveJars(
  { pom, target, version }: { readonly pom: string; readonly target: string; readonly version: string },
  options: Pick<CommandOptions, 'env' | 'signal'>,
): Promise<BrokerUnavailable | undefined> {
  if (await isThere(target)) return undefined
  let missing: BrokerUnavailable | undefined
  await buildOnce(target, async (draft) => {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`]
    const args = ['-q', '-B', '-f', pom, `-Dkafka.version=${version}`, ...goal]
    const outcome = await runCommand('mvn', args, { ...options, timeoutMs: 300_000 })
    if (outcome.kind === 'done') return
    missing = { unavailable: whyNoJars(version, outcome) }
    throw new Error(missing.unavailable)
  }).catch((error: unknown) => {
    if (missing === undefined) throw error
  })
  return (await isThere(target)) ? undefined : missing
}

const whyNoJars = (
  version: string,
  outcome: { kind: 'not-found' } | { kind: 'failed'; reason: string; output: string },
): string =>
  outcome.kind === 'not-found'
    ? `no Maven found to fetch Kafka ${version} with (install mvn or set MILLRACE_TEST_BROKERS)`
    : `Maven could not fetch Kafka ${version}: ${outcome.reason}, ${firstError(outcome.output)} (set MILLRACE_TEST_BROKERS instead)`

const firstError = (output: string): string =>
  (output.split('\n').find((line) => line.startsWith('[ERROR]')) ?? output.split('\n')[0] ?? '').trim().slice(0, 300)
