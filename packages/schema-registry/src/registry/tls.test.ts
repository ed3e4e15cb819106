import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority } from '@millrace/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failureOf } from '../test-support/serde-bench.js'
import { createSchemaRegistry } from './create-schema-registry.js'

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-registry-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authority = await createCertificateAuthority(folder, 'registry')
  const own = await authority.issue('server', 'IP:127.0.0.1')
  const client = await authority.issue('client', 'DNS:client.example')
  const { ca } = authority
  const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const isKnown = 'authorized' in request.socket && request.socket.authorized
    response.end(JSON.stringify({ schema: isKnown ? '"string"' : '"int"' }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { ca, client, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('a registry behind TLS', () => {
  it('is reached with an agent that knows its authority, and shows it a certificate of the client', async () => {
    const { ca, client, url } = await setup()
    const plain = createSchemaRegistry({ url, agent: new Agent({ ca }) })
    expect(await plain.schemaOf(1)).toMatchObject({ text: '"int"' })
    const mutual = createSchemaRegistry({ url, agent: new Agent({ ca, ...client }) })
    expect(await mutual.schemaOf(1)).toMatchObject({ text: '"string"' })
  })

  it('is away, with the reason, where its certificate is not trusted', async () => {
    const { url } = await setup()
    const { code, message } = await failureOf(() => createSchemaRegistry({ url }).schemaOf(1))
    expect([code, message]).toEqual(['MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', expect.stringContaining('certificate')])
  })
})
