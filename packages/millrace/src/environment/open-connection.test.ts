import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/core'
import { createCertificateAuthority, type KeyAndCertificate } from '@millrace/testing'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KafkaOptions } from '../kafka-options.js'
import { checkCertificates } from './check-certificates.js'
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
const open = (env: Record<string, string>, code: KafkaOptions = {}) =>
  openConnection(saidBy({ KAFKA_BROKERS: 'broker:9093', KAFKA_SECURITY_PROTOCOL: 'SSL', ...env }), code, silentLogger)

let made: { readonly ca: string; readonly client: KeyAndCertificate; readonly former: KeyAndCertificate }
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-ca-'))
  const authority = await createCertificateAuthority(folder, 'ours')
  const [client, former] = [
    await authority.issue('client', 'DNS:c'),
    await authority.issue('former', 'DNS:c', { days: -1 }),
  ]
  made = { ca: authority.ca, client, former }
  rmSync(folder, { recursive: true })
})

it('trusts the authorities of the system where no CA is given', () => {
  expect(open({})).toMatchObject({ value: { ssl: true, brokers: ['broker:9093'], clientId: 'millrace' }, problems: [] })
})

it('speaks plain where the protocol does', () => {
  expect(open({ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' }).value).not.toHaveProperty('ssl')
})

it('reads PEM files and takes PEM text', () => {
  const { ca, client } = made
  const oneLine = client.cert.trim().replaceAll('\n', '\\n')
  const { value, problems } = open({
    KAFKA_SSL_CA: fileWith(ca),
    KAFKA_SSL_CERT: oneLine,
    KAFKA_SSL_KEY: fileWith(client.key),
  })
  expect(problems).toEqual([])
  expect(value.ssl).toEqual({ ca, cert: client.cert.trim(), key: client.key })
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

describe('certificates are looked at before anything connects', () => {
  const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  type Made = typeof made

  it.each<[string, (from: Made) => Record<string, string>, RegExp]>([
    ['an authority that is none', () => ({ KAFKA_SSL_CA: broken }), /^KAFKA_SSL_CA: holds no certificate$/],
    [
      'a certificate that is none',
      ({ client }) => ({ KAFKA_SSL_CERT: broken, KAFKA_SSL_KEY: client.key }),
      /^KAFKA_SSL_CERT: holds no certificate$/,
    ],
    [
      'one that has expired',
      ({ former }) => ({ KAFKA_SSL_CERT: former.cert, KAFKA_SSL_KEY: former.key }),
      /^KAFKA_SSL_CERT: has expired \(20/,
    ],
    [
      'the key of another one',
      ({ client, former }) => ({ KAFKA_SSL_CERT: client.cert, KAFKA_SSL_KEY: former.key }),
      /^KAFKA_SSL_KEY: is not the key of the certificate$/,
    ],
    [
      'a key that is none',
      ({ client }) => ({ KAFKA_SSL_CERT: client.cert, KAFKA_SSL_KEY: client.cert }),
      /^KAFKA_SSL_KEY: holds no private key/,
    ],
  ])('%s is a problem', (_what, envOf, words) => {
    const { problems } = open(envOf(made))
    expect(problems.map(({ where, problem }) => `${where}: ${problem}`).join()).toMatch(words)
  })
})

it('a certificate that is not valid yet is one of another clock', () => {
  const { cert, key } = made.client
  const settings = () => undefined
  expect(checkCertificates({ cert, key }, settings, 0)).toMatchObject([
    { where: 'KAFKA_SSL_CERT', problem: expect.stringMatching(/^is valid from 20/) },
  ])
  expect(checkCertificates({ cert, key }, settings)).toEqual([])
})

describe('tokens', () => {
  const bearer = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'oauthbearer' }
  const oauth = {
    KAFKA_SASL_OAUTH_TOKEN_URL: 'https://login.example/token',
    KAFKA_SASL_OAUTH_CLIENT_ID: 'app',
    KAFKA_SASL_OAUTH_CLIENT_SECRET: 'hunter2',
  }
  const token = async () => ({ value: 'mine' })
  const inCode = { sasl: { token } }

  it('come from the endpoint that the environment names, also where code has a source', () => {
    for (const code of [{}, inCode]) {
      const { value, problems } = open({ ...bearer, ...oauth }, code)
      expect(problems).toEqual([])
      expect(value.sasl).toEqual({ mechanism: 'oauthbearer', token: expect.any(Function) })
      expect(value.sasl).not.toMatchObject(inCode.sasl)
    }
  })

  it('come from a source in code where no endpoint is named', () => {
    expect(open(bearer, inCode)).toMatchObject({ value: { sasl: { mechanism: 'oauthbearer', token } }, problems: [] })
  })

  it.each<[string, Record<string, string>, readonly string[]]>([
    [
      'nothing',
      bearer,
      [
        'KAFKA_SASL_OAUTH_TOKEN_URL: is not set, and the mechanism oauthbearer needs it',
        'KAFKA_SASL_OAUTH_CLIENT_ID: is not set, and the mechanism oauthbearer needs it',
        'KAFKA_SASL_OAUTH_CLIENT_SECRET: is not set, and the mechanism oauthbearer needs it',
      ],
    ],
    [
      'an address with a user',
      { ...bearer, ...oauth, KAFKA_SASL_OAUTH_TOKEN_URL: 'https://app:hunter2@login.example/' },
      ['KAFKA_SASL_OAUTH_TOKEN_URL: is no http(s) address'],
    ],
    [
      'a password beside them',
      { ...bearer, ...oauth, KAFKA_SASL_PASSWORD: 'hunter2' },
      ['KAFKA_SASL_PASSWORD: is set, but the mechanism oauthbearer does not use it'],
    ],
    [
      'another mechanism',
      { ...bearer, ...oauth, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'a', KAFKA_SASL_PASSWORD: 'b' },
      Object.keys(oauth).map((name) => `${name}: is set, but the mechanism plain does not use it`),
    ],
    [
      'no SASL',
      { ...oauth },
      Object.keys(oauth).map((name) => `${name}: is set, but KAFKA_SECURITY_PROTOCOL is SSL and does not use it`),
    ],
  ])('with %s are a problem', (_what, env, expected) => {
    const { problems } = open(env)
    expect(problems.map(({ where, problem }) => `${where}: ${problem}`)).toEqual(expected)
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('over plain http are warned of, but for this machine', () => {
    const warningsAt = (url: string) => open({ ...bearer, ...oauth, KAFKA_SASL_OAUTH_TOKEN_URL: url }).warnings
    expect(warningsAt('http://login.example:8080/token')).toEqual([
      expect.stringMatching(/login\.example:8080 unencrypted/),
    ])
    expect(warningsAt('http://127.0.0.1:8080/token')).toEqual([])
  })
})
