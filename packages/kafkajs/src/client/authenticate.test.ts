import kafkajs, { type AuthenticationProviderArgs, type Logger } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { authenticateWith } from './authenticate.js'
import { classifyFault } from './classify-fault.js'
import type { SaslOptions } from './connection-options.js'
import type { TokenCache } from './token-cache.js'

type Exchange = AuthenticationProviderArgs['saslAuthenticate']

const logger: Logger = {
  info: () => undefined,
  error: () => undefined,
  warn: () => undefined,
  debug: () => undefined,
  namespace: () => logger,
  setLogLevel: () => undefined,
}
const authenticate = (sasl: SaslOptions, saslAuthenticate: Exchange, tokens?: TokenCache): Promise<void> =>
  authenticateWith(sasl, tokens).authenticationProvider({ host: 'b', port: 1, logger, saslAuthenticate }).authenticate()

const users = [
  { mechanism: 'plain', username: 'u', password: 'secret' },
  { mechanism: 'scram-sha-256', username: 'u', password: 'secret' },
  { mechanism: 'scram-sha-512', username: 'u', password: 'secret' },
] as const

const token = { value: 't' }
const bearer: SaslOptions = { mechanism: 'oauthbearer', token: async () => token }
/** And which were forgotten. */
const tokensOf = (current: TokenCache['current'], forgotten: unknown[] = []): TokenCache => ({
  current,
  forget: (token) => void forgotten.push(token),
})

describe.each(users)('$mechanism', (sasl) => {
  it('rejects with what went wrong itself, so that a connection that broke is tried again', async () => {
    const broke = new kafkajs.KafkaJSConnectionError('Closed connection', { broker: 'b:1', code: 'ECONNRESET' })
    const error: unknown = await authenticate(sasl, () => Promise.reject(broke)).catch((thrown: unknown) => thrown)
    expect(error).toBe(broke)
    expect(classifyFault(error).kind).toBe('closed')
  })
})

it('rejects where the broker does not prove that it knows the password either', async () => {
  const nonsense: Exchange = async ({ response }) =>
    response?.parse(await response.decode(Buffer.from('\0\0\0\u0019r=other,s=c2FsdA==,i=4096')))
  const error: unknown = await authenticate(users[1], nonsense).catch((thrown: unknown) => thrown)
  expect(String(error)).toMatch(/Invalid server nonce/)
  expect(classifyFault(error).kind).toBe('refused')
})

it('gives a connection up for which there is no token, and keeps the reason', async () => {
  const reason = new Error('the login server is away')
  const sasl: SaslOptions = { mechanism: 'oauthbearer', token: () => Promise.reject(reason) }
  const never: Exchange = () => Promise.reject(new Error('nothing is sent without a token'))
  const error: unknown = await authenticate(
    sasl,
    never,
    tokensOf(() => Promise.reject(reason)),
  ).catch((thrown: unknown) => thrown)
  // By this name kafkajs closes the connection and makes another one.
  expect(error).toMatchObject({ name: 'KafkaJSConnectionError', broker: 'b:1', cause: reason })
})

it('sends bytes behind their length, and reads the answer without it', async () => {
  const sent: Buffer[] = []
  const exchange: Exchange = async ({ request, response }) => {
    sent.push(await request.encode())
    return response?.parse(await response.decode(Buffer.alloc(4)))
  }
  await authenticate(
    bearer,
    exchange,
    tokensOf(async () => token),
  )
  expect(sent.map((bytes) => bytes.readInt32BE(0) + 4 === bytes.length)).toEqual([true])
})

it('forgets a token that the broker refuses, and keeps it where only the connection broke', async () => {
  const forgotten: unknown[] = []
  const tokens = tokensOf(async () => token, forgotten)
  const broke = new kafkajs.KafkaJSConnectionError('Closed connection', { broker: 'b:1' })
  await expect(authenticate(bearer, () => Promise.reject(broke), tokens)).rejects.toBe(broke)
  expect(forgotten).toEqual([])
  const refusal = Object.assign(new Error('invalid_token'), { name: 'KafkaJSProtocolError', code: 58 })
  await expect(authenticate(bearer, () => Promise.reject(refusal), tokens)).rejects.toBe(refusal)
  expect(forgotten).toEqual([token])
})
