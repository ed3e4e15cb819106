import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const sources = (folder: string): readonly string[] =>
  globSync('**/*.ts', { cwd: folder })
    .filter((path) => !/\.(test|test-d|integration)\.ts$|test-support/.test(path))
    .map((path) => readFileSync(`${folder}/${path}`, 'utf8'))

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A static import that is there at run time too. */
const imports = (source: string, name: string): boolean =>
  new RegExp(`^(?:import|export) (?!type\\b)[\\w\\s{},*]*from ['"]${name}['"]`, 'm').test(source)

it.each(['@millrace/kafkajs', 'kafkajs', 'prom-client', 'node:http', '@opentelemetry/api'])(
  'importing millrace does not load %s yet',
  (name) => {
    const all = [...sources(at('.')), ...sources(at('../../telemetry/src'))]
    expect(all.length).toBeGreaterThan(20)
    expect(all.filter((source) => imports(source, name)).length).toBe(0)
  },
)

it('finds an import that is there', () => {
  expect(sources(at('.')).some((source) => imports(source, 'inversify'))).toBe(true)
  expect(imports("import {\n  a,\n} from 'prom-client'", 'prom-client')).toBe(true)
  expect(imports("import type { A } from 'prom-client'", 'prom-client')).toBe(false)
})
