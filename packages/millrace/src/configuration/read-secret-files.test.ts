import { describe, expect, it } from 'vitest'
import { environmentVariables } from '../environment/variables.js'
import { temporaryFolder } from '../test-support/temporary-folder.js'
import { readOutside } from './read-outside.js'

const secrets = Object.entries(environmentVariables).flatMap(([name, row]) => ('secret' in row ? [name] : []))

describe('a secret in a file', () => {
  it.each(secrets)('is read for %s', (name) => {
    using folder = temporaryFolder()
    const env = { [`${name}_FILE`]: folder.file('secret', 'hunter2\n') }
    const { said, problems } = readOutside(env, folder.path)
    expect(problems).toEqual([])
    expect([...said]).toEqual([[name, { text: 'hunter2', where: `${name}_FILE`, origin: 'environment' }]])
  })

  it.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2\n\n', 'hunter2\n'],
    [' hunter 2 ', ' hunter 2 '],
    ['two\nlines', 'two\nlines'],
  ])('%j loses one line break at its end and nothing else', (content, text) => {
    using folder = temporaryFolder()
    const { said } = readOutside({ KAFKA_SASL_PASSWORD_FILE: folder.file('secret', content) }, folder.path)
    expect(said.get('KAFKA_SASL_PASSWORD')?.text).toBe(text)
  })

  it('must not stand beside the variable itself', () => {
    using folder = temporaryFolder()
    const env = { OPS_ADMIN_TOKEN: 'x', OPS_ADMIN_TOKEN_FILE: folder.file('secret', 'y') }
    expect(readOutside(env, folder.path).problems).toEqual([
      { where: 'OPS_ADMIN_TOKEN_FILE', problem: 'is set beside OPS_ADMIN_TOKEN', fix: 'set only one of the two' },
    ])
  })

  it('that is missing, a folder or empty is named with its path and why', () => {
    using folder = temporaryFolder({ empty: '\n' })
    const env = {
      KAFKA_SASL_PASSWORD_FILE: `${folder.path}/nowhere`,
      KAFKA_SSL_KEY_FILE: folder.path,
      SCHEMA_REGISTRY_PASSWORD_FILE: `${folder.path}/empty`,
    }
    expect(readOutside(env, folder.path).problems.map(({ where, problem }) => `${where}: ${problem}`)).toEqual([
      `KAFKA_SSL_KEY_FILE: ${folder.path} can't be read (EISDIR)`,
      `KAFKA_SASL_PASSWORD_FILE: ${folder.path}/nowhere can't be read (ENOENT)`,
      `SCHEMA_REGISTRY_PASSWORD_FILE: ${folder.path}/empty is empty`,
    ])
  })

  it('of the schema registry is handed on as the variable that serdes read', () => {
    using folder = temporaryFolder({ 'millrace.config.yaml': 'schemaRegistry:\n  url: http://registry:8081\n' })
    const { env } = readOutside(
      { SCHEMA_REGISTRY_PASSWORD_FILE: folder.file('secret', 'hunter2'), ORDERS_TOPIC: 'orders' },
      folder.path,
    )
    expect(env).toMatchObject({
      SCHEMA_REGISTRY_URL: 'http://registry:8081',
      SCHEMA_REGISTRY_PASSWORD: 'hunter2',
      ORDERS_TOPIC: 'orders',
    })
  })

  it('of the brokers stays with the driver', () => {
    using folder = temporaryFolder()
    const { env } = readOutside({ KAFKA_SASL_PASSWORD_FILE: folder.file('secret', 'hunter2') }, folder.path)
    expect(Object.values(env)).not.toContain('hunter2')
  })
})
