import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/core'
import { afterEach, expect, it } from 'vitest'
import { openConnection } from './open-connection.js'
import { saidBy } from './settings.js'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pem-'))
  folders.push(folder)
  const path = join(folder, 'file.pem')
  writeFileSync(path, text)
  return path
}
const open = (env: Record<string, string>) =>
  openConnection(saidBy({ KAFKA_BROKERS: 'broker:9093', KAFKA_SECURITY_PROTOCOL: 'SSL', ...env }), {}, silentLogger)
const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

it('trusts the authorities of the system where no CA is given', () => {
  expect(open({})).toMatchObject({ value: { ssl: true, brokers: ['broker:9093'], clientId: 'millrace' }, problems: [] })
})

it('speaks plain where the protocol does', () => {
  expect(open({ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' }).value).not.toHaveProperty('ssl')
})

it('reads PEM files and takes PEM text', () => {
  const { value, problems } = open({ KAFKA_SSL_CA: fileWith(ca), KAFKA_SSL_CERT: ca, KAFKA_SSL_KEY: fileWith(ca) })
  expect(problems).toEqual([])
  expect(value.ssl).toEqual({ ca, cert: ca, key: ca })
})

it('names a file that is missing or is no PEM, and never what is in it', () => {
  const wrong = fileWith('hunter2')
  const { problems } = open({ KAFKA_SSL_CA: '/nowhere/ca.pem', KAFKA_SSL_CERT: wrong, KAFKA_SSL_KEY: wrong })
  expect(problems.map(({ where, problem }) => `${where}: ${problem}`)).toEqual([
    "KAFKA_SSL_CA: /nowhere/ca.pem can't be read (ENOENT)",
    `KAFKA_SSL_CERT: ${wrong} holds no PEM text`,
    `KAFKA_SSL_KEY: ${wrong} holds no PEM text`,
  ])
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})
