import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { startBroker } from '@millrace/broker'
import { afterAll, describe, expect, it } from 'vitest'
import { refusePasswords } from './test-support/refuse-passwords.js'
import type { Scenario } from './test-support/tell-everything.js'
import { temporaryFolder } from './test-support/temporary-folder.js'

/** A key as it is in files, and text of it that stands nowhere else. */
const { privateKey: key } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const lineOfKey = key.split('\n')[5] ?? ''
const certificate = '-----BEGIN CERTIFICATE-----\nMIIBplanted\n-----END CERTIFICATE-----\n'

const secrets = {
  KAFKA_SASL_PASSWORD: 'sasl7d1f-planted',
  KAFKA_SASL_OAUTH_CLIENT_SECRET: 'oaut2b9c-planted',
  SCHEMA_REGISTRY_PASSWORD: 'regic41a-planted',
  OPS_ADMIN_TOKEN: 'admi93e0-planted-token',
}
const inUrl = 'inur58d2-planted'

/** Each secret as it is, and as it travels: Basic credentials, SASL PLAIN, a form, base64 at any of the three offsets. */
const forms = (secret: string): readonly string[] => {
  const inBase64 = [0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + secret)
      .toString('base64')
      .slice(4, -4),
  )
  // The first letters too: parsers quote a little of what they stumble over.
  return [secret.slice(0, 8), ...inBase64, Buffer.from(secret).toString('hex')]
}
const markers = [...Object.values(secrets), inUrl, lineOfKey].flatMap(forms)

const child = fileURLToPath(new URL('./test-support/tell-everything.ts', import.meta.url))
/** Sources import each other by `.js`, as the build needs it; Node alone has to be told. */
const resolveSources = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(name, context, next) {
    try { return next(name, context) } catch (error) {
      if (name.startsWith('.') && name.endsWith('.js')) return next(name.slice(0, -3) + '.ts', context)
      throw error
    }
  },
})`

/** Where the process runs, and finds a config file. */
const folder = temporaryFolder({ 'millrace.config.json': '{"kafka": {"clientId": "named-in-the-folder"}}' })

async function outputOf(scenarios: readonly Scenario[]): Promise<string> {
  const options = ['--conditions=@millrace/source', '--experimental-transform-types', '--stack-trace-limit=100']
  const hooks = `--import=data:text/javascript,${encodeURIComponent(resolveSources)}`
  const running = spawn(process.execPath, [...options, hooks, child, JSON.stringify(scenarios)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder.path,
    timeout: 60_000,
  })
  let output = ''
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  await new Promise((resolve) => running.once('close', resolve))
  return output
}

const leaks = (output: string): readonly string[] =>
  output.split('\n').filter((line) => markers.some((marker) => line.includes(marker)))

const stops: (() => unknown)[] = [() => folder[Symbol.dispose]()]
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

/** Answers with what it was sent, as a proxy that is in the way may do. */
async function startEcho(): Promise<string> {
  const echo = createServer(({ headers, url }, response) => {
    response.statusCode = 500
    response.end(JSON.stringify({ url, headers, message: `${url} ${JSON.stringify(headers)}` }))
  })
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  stops.push(() => echo.close())
  const bound = echo.address()
  return `127.0.0.1:${typeof bound === 'object' ? bound?.port : bound}`
}

let passwordsSaid = (): number => 0

async function setup(): Promise<readonly Scenario[]> {
  const broker = await startBroker({ topics: { orders: 1, 'orders.billing.dlq': 1 } })
  stops.push(() => broker.stop())
  const refusing = await refusePasswords()
  passwordsSaid = () => refusing.passwords()
  stops.push(() => refusing[Symbol.asyncDispose]())
  const echo = await startEcho()
  const [password, secret] = [secrets.KAFKA_SASL_PASSWORD, secrets.KAFKA_SASL_OAUTH_CLIENT_SECRET]

  const always = {
    LOG_LEVEL: 'trace',
    OPS_PORT: '0',
    OPS_ADMIN_PORT: '0',
    OPS_ADMIN_TOKEN: secrets.OPS_ADMIN_TOKEN,
    SCHEMA_REGISTRY_URL: `http://${echo}`,
    SCHEMA_REGISTRY_USERNAME: 'app',
    SCHEMA_REGISTRY_PASSWORD: secrets.SCHEMA_REGISTRY_PASSWORD,
    KAFKA_BROKERS: broker.bootstrapServers.join(','),
  }
  const sasl = {
    ...always,
    KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'app',
    KAFKA_SASL_PASSWORD: password,
  }
  const refused = { KAFKA_BROKERS: refusing.address }
  const oauth = {
    ...always,
    ...refused,
    KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'oauthbearer',
    KAFKA_SASL_OAUTH_TOKEN_URL: `http://${echo}/token?key=${inUrl}`,
    KAFKA_SASL_OAUTH_CLIENT_ID: 'app',
    KAFKA_SASL_OAUTH_CLIENT_SECRET: secret,
  }
  const tls = { ...always, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT: certificate, KAFKA_SSL_KEY: key }
  const yaml = `kafka:\n  sasl: { password: ${password} }\n  ssl: { key: [${secret}] }\n  surprise: 1\n`
  const fileOf = (name: string, text: string): Scenario['env'] => ({ MILLRACE_CONFIG: folder.file(name, text) })
  return [
    { name: 'no-sasl', env: sasl, forMs: 600 },
    { name: 'wrong-password', env: { ...sasl, ...refused }, forMs: 600 },
    { name: 'scram', env: { ...sasl, ...refused, KAFKA_SASL_MECHANISM: 'scram-sha-512' }, forMs: 600 },
    { name: 'away', env: { ...sasl, KAFKA_BROKERS: 'localhost:1' }, forMs: 600 },
    { name: 'oauth', env: oauth, forMs: 600 },
    { name: 'oauth-away', env: { ...oauth, KAFKA_SASL_OAUTH_TOKEN_URL: 'http://localhost:1' }, forMs: 600 },
    { name: 'oauth-url', env: { ...oauth, KAFKA_SASL_OAUTH_TOKEN_URL: `app:${inUrl}@idp` }, forMs: 600 },
    { name: 'tls', env: tls, forMs: 600 },
    { name: 'tls-broken-key', env: { ...tls, KAFKA_SSL_KEY: key.replace('-----END', '') }, forMs: 600 },
    { name: 'tls-key-for-cert', env: { ...tls, KAFKA_SSL_CERT: key, KAFKA_SSL_CA: key }, forMs: 600 },
    { name: 'tls-key-as-path', env: { ...tls, KAFKA_SSL_KEY: folder.file('key', lineOfKey) }, forMs: 600 },
    { name: 'registry', env: always, forMs: 2_000, hasSchema: true },
    {
      name: 'registry-away',
      env: { ...always, SCHEMA_REGISTRY_URL: 'http://localhost:1' },
      forMs: 2_000,
      hasSchema: true,
    },
    {
      name: 'registry-url',
      env: { ...always, SCHEMA_REGISTRY_URL: `http://app:${inUrl}@${echo}` },
      forMs: 2_000,
      hasSchema: true,
    },
    {
      name: 'misplaced',
      env: { ...sasl, KAFKA_BROKERS: `app:${inUrl}@a:1`, SCHEMA_REGISTRY_URL: `app:${inUrl}` },
      forMs: 600,
    },
    {
      name: 'event-hubs',
      env: {
        ...always,
        KAFKA_PRESET: 'event-hubs',
        KAFKA_SASL_USERNAME: `SharedAccessKey=${password}`,
        KAFKA_SASL_PASSWORD: password,
      },
      forMs: 600,
    },
    { name: 'yaml', env: { ...always, ...fileOf('a.yaml', yaml) }, forMs: 600 },
    { name: 'broken-yaml', env: { ...always, ...fileOf('b.yaml', yaml.replace('}', '')) }, forMs: 600 },
    {
      name: 'broken-json',
      env: { ...always, ...fileOf('c.json', `{"kafka": {"sasl": {"password": ${password}}}}`) },
      forMs: 600,
    },
    { name: 'running', env: always, forMs: 4_000 },
  ]
}

describe('planted secrets', () => {
  it('are found where something prints them', () => {
    expect(lineOfKey.length).toBeGreaterThan(40)
    for (const marker of markers) expect(leaks(`x ${marker} y`)).toHaveLength(1)
    const basic = Buffer.from(`app:${secrets.SCHEMA_REGISTRY_PASSWORD}`).toString('base64')
    expect(leaks(`Authorization: Basic ${basic}`)).toHaveLength(1)
  })

  it('are printed nowhere: no log, error, event, metric, endpoint, description or crash', {
    timeout: 90_000,
  }, async () => {
    const scenarios = await setup()
    const output = await outputOf(scenarios)
    expect(leaks(output)).toEqual([])
    // Silence proves nothing: the faults were met, and told.
    const told = [
      ...scenarios.map(({ name }) => `\n--- ${name}\n`),
      ...['MILLRACE_DRIVER_UNAUTHORIZED', 'MILLRACE_CONFIG_INVALID', 'MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE'],
      ...[
        'record.dead-lettered',
        '\n/metrics 200 ',
        '\n/inspect 200 ',
        '\n/info 200 ',
        'named-in-the-folder',
        '\n/startupz 200 ',
        '\n/pause 401 ',
        '\n/pause 400 ',
        '\n--- crash\n',
        'Node.js v',
      ],
    ]
    expect(told.filter((text) => !`\n${output}`.includes(text))).toEqual([])
    expect(passwordsSaid()).toBeGreaterThan(0)
  })
})
