import { join } from 'node:path'
import type { BrokerUnavailable } from './broker-under-test.js'
import { runCommand } from './run-command.js'

export interface Java {
  readonly java: string
  readonly javac: string
  /** All of what `java -version` prints: archives and templates are kept per JVM build. */
  readonly version: string
}

const oldestJava = 17

/** What would help. Brokers that somebody named are there already: they are read back with our probe, which is Java too. */
const wayOutOf = (env: NodeJS.ProcessEnv): string =>
  env['MILLRACE_TEST_BROKERS']
    ? `MILLRACE_TEST_BROKERS is set, but the suites read the cluster back with a Java probe: install a JDK ${oldestJava}+`
    : 'install a JDK or set MILLRACE_TEST_BROKERS'

/** The Java of `JAVA_HOME`, else the one on the path. */
export async function findJava(env: NodeJS.ProcessEnv): Promise<Java | BrokerUnavailable> {
  const home = env['JAVA_HOME']
  const tool = (name: string) => (home ? join(home, 'bin', name) : name)
  const java = tool('java')
  const wayOut = wayOutOf(env)

  const outcome = await runCommand(java, ['-version'], { timeoutMs: 20_000, env })
  if (outcome.kind === 'not-found') return { unavailable: `no Java ${oldestJava}+ found (${wayOut})` }
  if (outcome.kind === 'failed') return { unavailable: `${java} does not run: ${outcome.reason} (${wayOut})` }

  const major = javaMajor(outcome.stderr + outcome.stdout)
  if (major === undefined || major < oldestJava) {
    return { unavailable: `${java} is Java ${major ?? 'unknown'}, Kafka needs ${oldestJava} or newer (${wayOut})` }
  }
  return { java, javac: tool('javac'), version: outcome.stderr + outcome.stdout }
}

/** 17 for `version "17.0.15"`, 8 for `version "1.8.0_412"`. */
export function javaMajor(versionText: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(versionText)
  return match === null ? undefined : Number(match[1])
}
