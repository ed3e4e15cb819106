import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answerAlways, whatCame } from './answer-always.js'

async function setup({ status, body }: { status: number; body: string }) {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const api = new SchemaRegistry({ host: `http://127.0.0.1:${port}` })['api']
  return { api, requests: () => requests, server }
}

describe('the client of the registry', () => {
  it('hands over the body of a failed answer', async () => {
    const { api } = await setup({ status: 404, body: '{"error_code":40403,"message":"no"}' })
    answerAlways(api)
    const body = '{"error_code":40403,"message":"no"}'
    expect(whatCame(await api.Schema.find({ id: 1 }))).toEqual({ status: 404, text: body, error: null })
  })

  it('does so only with this guard: without it the code of the error is gone', async () => {
    const { api } = await setup({ status: 404, body: '{"error_code":40403,"message":"no"}' })
    const error: unknown = await api.Schema.find({ id: 1 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify(error)).not.toContain('40403')
  })

  it('asks once, whatever it is answered', async () => {
    const { api, requests } = await setup({ status: 500, body: '' })
    answerAlways(api)
    await api.Schema.find({ id: 1 })
    expect(requests()).toBe(1)
  })

  it('tells a dead registry by the error beside its status', async () => {
    const { api, server } = await setup({ status: 200, body: '' })
    answerAlways(api)
    await new Promise((resolve) => server.close(resolve))
    const came = whatCame(await api.Schema.find({ id: 1 }))
    expect(came).toMatchObject({ status: 400, error: expect.stringContaining('ECONNREFUSED') })
  })

  it('is refused where it is another one than the guard knows', () => {
    expect(() => answerAlways({})).toThrow('not the one that is known here')
  })
})
