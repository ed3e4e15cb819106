import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { engineAddress, findDockerEngine } from './docker-engine.js'

test.each([
  [undefined, { socketPath: '/var/run/docker.sock' }],
  ['', { socketPath: '/var/run/docker.sock' }],
  ['unix:///run/user/1000/docker.sock', { socketPath: '/run/user/1000/docker.sock' }],
  ['tcp://build-host:2375', { host: 'build-host', port: 2375 }],
  ['ssh://me@host', { unavailable: expect.stringContaining('ssh://me@host') }],
  ['tcp://no-port', { unavailable: expect.stringContaining('tcp://no-port') }],
])('reads DOCKER_HOST=%s', (value, address) => {
  expect(engineAddress(value)).toEqual(address)
})

describe('findDockerEngine', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()))
  })

  async function engine(status: number) {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-docker-'))
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status).end('OK')
    }).listen(join(directory, 'engine.sock'))
    await once(server, 'listening')
    closing.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => rm(directory, { recursive: true }),
    )
    return { asked, env: { DOCKER_HOST: `unix://${join(directory, 'engine.sock')}` } }
  }

  test('finds an engine that answers the ping', async () => {
    const { asked, env } = await engine(200)
    expect(await findDockerEngine(env)).toEqual({ host: '127.0.0.1' })
    expect(asked).toEqual(['/_ping'])
  })

  test('an engine that answers with an error is none', async () => {
    const { env } = await engine(500)
    expect(await findDockerEngine(env)).toEqual({ unavailable: expect.stringContaining('status 500') })
  })

  test('a socket that is not there is none, in one line', async () => {
    expect(await findDockerEngine({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toEqual({
      unavailable: 'no Docker engine answers at /nowhere/docker.sock (ENOENT)',
    })
  })
})
