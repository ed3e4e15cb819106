import { fail, type Problem } from '@millrace/core'
import { createLru } from './lru.js'
import { createSchemaRegistry } from './create-schema-registry.js'
import type { SchemaRegistry } from './schema-registry.js'

export type Env = Readonly<Record<string, string | undefined>>

/** One connection per address and credentials, so that all serdes of a process share what they look up. */
const connections = createLru<string, SchemaRegistry>(20)

/**
 * The registry that `SCHEMA_REGISTRY_URL`, `SCHEMA_REGISTRY_USERNAME` and `SCHEMA_REGISTRY_PASSWORD` name.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` with all faults at once
 */
export function registryFromEnv(env: Env): SchemaRegistry {
  const url = given(env['SCHEMA_REGISTRY_URL'])
  const username = given(env['SCHEMA_REGISTRY_USERNAME'])
  // As it stands: a space may belong to it.
  const password = env['SCHEMA_REGISTRY_PASSWORD'] === '' ? undefined : env['SCHEMA_REGISTRY_PASSWORD']
  const problems = problemsOf({ url, username, password })
  if (url === undefined || problems.length > 0) throw fail('MILLRACE_CONFIG_INVALID', { problems })

  const key = JSON.stringify([url, username, password])
  const known = connections.get(key)
  if (known !== undefined) return known
  const auth = username === undefined || password === undefined ? {} : { auth: { username, password } }
  const made = createSchemaRegistry({ url, ...auth })
  connections.set(key, made)
  return made
}

const given = (text: string | undefined): string | undefined => (text?.trim() === '' ? undefined : text?.trim())

function problemsOf(read: Readonly<Record<'url' | 'username' | 'password', string | undefined>>): readonly Problem[] {
  const { url, username, password } = read
  const problems: Problem[] = []
  const fix = 'set it to the address of your schema registry, such as http://localhost:8081'
  if (url === undefined)
    problems.push({ where: 'SCHEMA_REGISTRY_URL', problem: 'is not set, and a topic has a schema', fix })
  else if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    problems.push({ where: 'SCHEMA_REGISTRY_URL', problem: 'is no http or https address', fix })
  if ((username === undefined) !== (password === undefined)) {
    const [missing, other] =
      username === undefined
        ? ['SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD']
        : ['SCHEMA_REGISTRY_PASSWORD', 'SCHEMA_REGISTRY_USERNAME']
    problems.push({ where: missing, problem: `is not set, but ${other} is`, fix: 'set both, or neither' })
  }
  return problems
}
