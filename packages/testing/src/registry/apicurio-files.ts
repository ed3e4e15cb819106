import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrokerUnavailable, isUnavailable } from '../brokers/broker-under-test.js'
import { buildOnce, cacheDirectory, cacheKey, isThere } from '../brokers/cache-directory.js'
import { findJava, type Java } from '../brokers/find-java.js'
import { kafkaJvmFile } from '../brokers/kafka-jars.js'
import { runCommand } from '../brokers/run-command.js'

/** A Java and the unpacked registry. */
export interface ApicurioFiles {
  readonly java: Java
  /** The jar that starts it; the others stand beside it. */
  readonly runner: string
}

/** Finds Java and fetches Apicurio by Maven, once per user: 142 MB. Unavailable without Java, or without Maven and a filled cache. */
export async function prepareApicurio(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ApicurioFiles | BrokerUnavailable> {
  const java = await findJava(env)
  if (isUnavailable(java)) return { unavailable: `a real schema registry needs Java: ${java.unavailable}` }

  const pom = kafkaJvmFile('apicurio-pom.xml')
  const target = join(cacheDirectory(env), `apicurio-${cacheKey(await readFile(pom, 'utf8'))}`)
  let missing: BrokerUnavailable | undefined
  if (!(await isThere(target))) {
    await buildOnce(target, async (draft) => {
      missing = await fetchInto(draft, pom, { env, signal })
      if (missing !== undefined) throw new Error(missing.unavailable)
    }).catch((error: unknown) => {
      if (missing === undefined) throw error
    })
  }
  const runner = (await isThere(target))
    ? (await readdir(target)).find((name) => name.endsWith('-runner.jar'))
    : undefined
  if (runner !== undefined) return { java, runner: join(target, runner) }
  return missing ?? { unavailable: `Apicurio in ${target} is not whole: remove that folder` }
}

async function fetchInto(
  directory: string,
  pom: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal | undefined },
): Promise<BrokerUnavailable | undefined> {
  // Maven notes what it has unpacked; beside its pom that would be in a folder that is not ours to write in.
  const places = [`-DoutputDirectory=${directory}`, `-DmarkersDirectory=${join(directory, 'markers')}`]
  const goal = ['dependency:unpack-dependencies', '-DincludeScope=runtime', ...places]
  const outcome = await runCommand('mvn', ['-q', '-B', '-f', pom, ...goal], { ...options, timeoutMs: 300_000 })
  if (outcome.kind === 'done') return undefined
  if (outcome.kind === 'not-found') return { unavailable: 'no Maven found to fetch Apicurio with (install mvn)' }
  const [line = ''] = outcome.output.split('\n').filter((one) => one.startsWith('[ERROR]'))
  return { unavailable: `Maven could not fetch Apicurio: ${outcome.reason}, ${line.slice(0, 300)}` }
}
