import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { createOauthTokens } from './oauth-tokens.js'

interface Asked {
  readonly authorization: string | undefined
  readonly body: string
}

/** A token endpoint that answers as the script says, and what it was asked. */
async function setup(answer: (response: ServerResponse) => void, scope?: string) {
  const asked: Asked[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push({ authorization: request.headers.authorization, body: await text(request) })
    answer(response)
  }
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const tokenUrl = `http://127.0.0.1:${address.port}/token?tenant=hunter2`
  const source = createOauthTokens({ tokenUrl, clientId: 'app:1', clientSecret: 'hunter2 &', scope })
  return { asked, fetchToken: (signal = new AbortController().signal) => source(signal) }
}

const answering = (status: number, body: object | string) => (response: ServerResponse) =>
  void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))

it('asks by the client credentials grant, and says when the token ends', async () => {
  const { asked, fetchToken } = await setup(answering(200, { access_token: 'abc', expires_in: 300 }), 'kafka read')
  const before = Date.now()
  const { value, expiresAtMs = 0 } = await fetchToken()
  expect([value, Math.round((expiresAtMs - before) / 1000)]).toEqual(['abc', 300])
  // RFC 6749, section 2.3.1: encoded as in a form before it is encoded as base64.
  const authorization = `Basic ${Buffer.from('app%3A1:hunter2+%26').toString('base64')}`
  expect(asked).toEqual([{ authorization, body: 'grant_type=client_credentials&scope=kafka+read' }])
})

it('leaves the end to the token where the server says nothing of it', async () => {
  const { fetchToken, asked } = await setup(answering(200, { access_token: 'abc' }))
  expect(await fetchToken()).toEqual({ value: 'abc' })
  expect(asked[0]?.body).toBe('grant_type=client_credentials')
})

it.each<[string, number, object | string, string | undefined, RegExp]>([
  [
    'a wrong secret',
    401,
    { error: 'invalid_client' },
    'MILLRACE_DRIVER_UNAUTHORIZED',
    /401 \(invalid_client\); check KAFKA_SASL_OAUTH/,
  ],
  [
    'a scope that it may not have',
    400,
    { error: 'invalid_scope' },
    'MILLRACE_DRIVER_UNAUTHORIZED',
    /400 \(invalid_scope\)/,
  ],
  ['a wrong secret, without words', 401, '', 'MILLRACE_DRIVER_UNAUTHORIZED', /answered 401; check/],
  ['a refusal without words', 403, '', 'MILLRACE_DRIVER_UNAUTHORIZED', /answered 403; check/],
  [
    'a server that is overloaded',
    503,
    '<html>hunter2</html>',
    undefined,
    /^http:\/\/127\.0\.0\.1:\d+\/token answered 503$/,
  ],
  ['an error of its own', 400, { error: 'temporarily_unavailable' }, undefined, /400 \(temporarily_unavailable\)/],
  ['an error that quotes what it was sent', 500, { error: 'hunter2 <b>' }, undefined, /answered 500$/],
  ['no token', 200, { token: 'abc' }, undefined, /without an access_token/],
  ['no end', 200, 'x'.repeat(300_000), undefined, /has no end/],
  ['no JSON', 200, 'hunter2', undefined, /without an access_token/],
])('tells of %s, and only of that', async (_what, status, body, code, words) => {
  const { fetchToken } = await setup(answering(status, body))
  const error: unknown = await fetchToken().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ message: expect.stringMatching(words) })
  expect(error instanceof Error && 'code' in error ? error.code : undefined).toBe(code)
  expect(String(error)).not.toContain('hunter2')
})

it('does not follow a redirect, which would carry the secret away', async () => {
  const { fetchToken, asked } = await setup((response) => void response.writeHead(307, { location: '/other' }).end())
  await expect(fetchToken()).rejects.toThrow()
  expect(asked.length).toBe(1)
})

it('ends when nobody waits any more', async () => {
  const { fetchToken } = await setup(() => undefined)
  await expect(fetchToken(AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' })
})
