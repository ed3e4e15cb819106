import { parseDuration, type Problem } from '@millrace/core'
import type { SchemaRegistryOptions } from './create-schema-registry.js'

const where = (name: string): string => `createSchemaRegistry: ${name}`

/** Everything that is wrong with the options of a registry, at once. Values are not repeated: they may be secrets. */
export function checkRegistryOptions(options: SchemaRegistryOptions): readonly Problem[] {
  const { url, auth, timeout = '5s', unknownIdTtl = '10s', maxSchemas = 1000 } = options
  const problems: Problem[] = []
  if (!isHttpUrl(url)) {
    problems.push({ where: where('url'), problem: 'is no http or https address', fix: 'such as http://localhost:8081' })
  }
  if (!Number.isInteger(maxSchemas) || maxSchemas < 1) {
    problems.push({ where: where('maxSchemas'), problem: 'is no whole number above 0', fix: 'such as 1000' })
  }
  for (const [name, value] of Object.entries({ timeout, unknownIdTtl })) {
    if (parseDuration(value) !== undefined) continue
    problems.push({ where: where(name), problem: 'is no duration', fix: "a number and a unit, such as '5s'" })
  }
  if (auth !== undefined && !isAuth(auth)) {
    const fix = 'pass { username, password }, or { token } as text or as a function'
    problems.push({ where: where('auth'), problem: 'is neither credentials nor a token', fix })
  }
  return problems
}

function isHttpUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  return ['http:', 'https:'].includes(new URL(url).protocol)
}

const isAuth = (auth: object): boolean =>
  'username' in auth && 'password' in auth
    ? typeof auth.username === 'string' && typeof auth.password === 'string'
    : 'token' in auth && (typeof auth.token === 'string' || typeof auth.token === 'function')
