import { afterAll, describe, inject, test } from 'vitest'
import { askForRegistry, type RegistryAnswer } from './registry-on-demand.js'

/** The schema registry of the project that a test runs in. */
export interface SuiteRegistry {
  readonly kind: 'dev' | 'apicurio'
  /** Without a slash at the end. */
  readonly url: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The port where a real registry is asked for; absent where suites run on the one in process. */
    millraceRegistry: number
  }
}

/**
 * `describe` for tests on a schema registry. In a project with `@millrace/testing/vitest-global-setup` it is one Apicurio for
 * all files, started when the first suite asks for it; elsewhere one in process for each suite, from
 * `@millrace/schema-registry/dev`. Where there is no Apicurio the tests count as skipped; with `CI` set one test fails instead.
 * Suites share it with other files: let them use subjects of their own.
 */
export function describeWithRegistry(name: string, suite: (registry: SuiteRegistry) => void): void {
  const port: number | undefined = inject('millraceRegistry')
  describe(name, async () => {
    const verdict = port === undefined ? await startDev() : await askForRegistry(port)
    if (verdict.kind === 'running') {
      suite({ kind: port === undefined ? 'dev' : 'apicurio', url: verdict.url })
    } else if (verdict.required) {
      test('needs a schema registry', () => {
        throw new Error(`${name}: CI is set and a real schema registry is required; ${verdict.reason}`)
      })
    } else {
      process.stderr.write(`skipped: ${name}, on a real schema registry: ${verdict.reason}\n`)
      describe.skip('on a real schema registry', () => suite({ kind: 'apicurio', url: '' }))
    }
  })
}

/** Loaded here: most users of the kit have no schemas. */
async function startDev(): Promise<RegistryAnswer> {
  const { startSchemaRegistry } = await import('@millrace/schema-registry/dev')
  const registry = await startSchemaRegistry()
  afterAll(() => registry.close())
  return { kind: 'running', url: registry.url }
}
