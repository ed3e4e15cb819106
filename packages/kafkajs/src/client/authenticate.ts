import type { AuthenticationProviderArgs, Mechanism } from 'kafkajs'
import kafkajs from 'kafkajs'
import { loadTrustedSource, type TrustedSource } from '../guards/kafkajs-source.js'
import { hasMethods, unsupported } from '../internals.js'
import { authenticateByToken, type SaslExchange } from './authenticate-by-token.js'
import { classifyFault } from './classify-fault.js'
import type { PasswordSasl, SaslOptions } from './connection-options.js'
import type { TokenCache } from './token-cache.js'

type Provider = Mechanism['authenticationProvider']

const SOURCES = {
  plain: 'broker/saslAuthenticator/plain.js',
  'scram-sha-256': 'broker/saslAuthenticator/scram256.js',
  'scram-sha-512': 'broker/saslAuthenticator/scram512.js',
} as const satisfies Record<PasswordSasl['mechanism'], TrustedSource>

/** SASL for one client. `tokens` are for OAUTHBEARER. */
export const authenticateWith = (sasl: SaslOptions, tokens: TokenCache | undefined): Mechanism => ({
  mechanism: sasl.mechanism,
  authenticationProvider: sasl.mechanism === 'oauthbearer' ? byToken(tokens) : byPassword(sasl),
})

/**
 * kafkajs's own exchange, with the broker's own errors: kafkajs makes one error of a wrong password and of a connection that broke
 * while it was being told, and only one of them is final.
 */
function byPassword(sasl: PasswordSasl): Provider {
  const create = loadTrustedSource(SOURCES[sasl.mechanism])
  if (typeof create !== 'function') throw unsupported('its SASL exchange has another shape')
  const provide: unknown = create(sasl)
  if (typeof provide !== 'function') throw unsupported('its SASL exchange has another shape')
  return (args) => {
    let fault: { readonly error: unknown } | undefined
    const saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'] = async (exchange) => {
      try {
        return await args.saslAuthenticate(exchange)
      } catch (error) {
        fault = { error }
        throw error
      }
    }
    const exchange: unknown = provide({ ...args, saslAuthenticate })
    if (!isAuthenticator(exchange)) throw unsupported('its SASL exchange has another shape')
    return {
      async authenticate() {
        try {
          await exchange.authenticate()
        } catch (error) {
          throw fault === undefined ? error : fault.error
        }
      },
    }
  }
}

function byToken(tokens: TokenCache | undefined): Provider {
  if (tokens === undefined) throw new TypeError('oauthbearer needs a token source')
  return ({ host, port, saslAuthenticate }) => ({
    async authenticate() {
      // The broker has agreed on the mechanism and waits for the token: without one this connection is of no use any more.
      const token = await tokens.current().catch((cause: unknown) => {
        throw Object.assign(new kafkajs.KafkaJSConnectionError('no OAuth token', { broker: `${host}:${port}` }), {
          cause,
        })
      })
      const exchange: SaslExchange = async (bytes) => {
        const answer = await saslAuthenticate<Buffer>({
          request: { encode: () => sized(bytes) },
          response: { decode: (raw) => raw.subarray(SIZE_BYTES), parse: (data) => data },
        })
        return answer instanceof Buffer ? answer : Buffer.alloc(0)
      }
      try {
        await authenticateByToken(token, exchange)
      } catch (error) {
        if (classifyFault(error).kind === 'refused') tokens.forget(token)
        throw error
      }
    },
  })
}

const SIZE_BYTES = 4

function sized(bytes: Buffer): Buffer {
  const size = Buffer.alloc(SIZE_BYTES)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

const isAuthenticator = (found: unknown): found is { authenticate(): Promise<void> } =>
  hasMethods(found, ['authenticate'])
