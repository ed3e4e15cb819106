import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { classifyFault } from './classify-fault.js'
import type { ConnectionOptions } from './connection-options.js'
import { API_VERSIONS, ask, mechanismsIn, SASL_HANDSHAKE } from './listener-question.js'

/** Why a listener closes every connection of ours, from what it says itself; undefined where it does not tell. Never rejects. */
export type ExplainClosed = (address: string) => Promise<string | undefined>

const LIMIT_MS = 2000
const ADDRESS = /^(.+):(\d+)$/
/** An alert of its own (RFC 8446, section 6): only who speaks TLS sends one. */
const ALERT = /_ALERT_/

/**
 * A listener that speaks something else than we do closes the connection without a word, and so does a broker that restarts. So it
 * is asked what it speaks: TLS by a handshake, plain text and SASL by the two requests that need no authentication. Only an answer
 * counts. Nothing secret is sent.
 */
export function createExplainClosed(
  { ssl, sasl }: Pick<ConnectionOptions, 'ssl' | 'sasl'>,
  limitMs = LIMIT_MS,
): ExplainClosed {
  return async (address) => {
    const [, host, port] = ADDRESS.exec(address) ?? []
    if (host === undefined) return undefined
    const place = { host: host.replace(/^\[|\]$/g, ''), port: Number(port), limitMs }
    const hasTls = ssl !== undefined && ssl !== false
    const faults = hasTls
      ? [() => speaksPlainText(place), ...(sasl === undefined ? [() => wantsSasl(place, ssl)] : [])]
      : [() => speaksTls(place), ...(sasl === undefined ? [() => wantsSasl(place, undefined)] : [])]
    for (const look of faults) {
      const found = await look()
      if (found !== undefined) return found
    }
    return undefined
  }
}

interface Place {
  readonly limitMs: number
  readonly host: string
  readonly port: number
}

async function speaksTls({ limitMs, ...place }: Place): Promise<string | undefined> {
  const open = (): Socket => connectTls({ ...place, ...servername(place), rejectUnauthorized: false }) // nothing is sent to it
  const { code, isOpen } = await within(limitMs, open, 'secureConnect', async () => undefined)
  return isOpen || ALERT.test(code)
    ? 'the listener speaks TLS, and none is configured: use security protocol SSL or SASL_SSL'
    : undefined
}

async function speaksPlainText({ limitMs, ...place }: Place): Promise<string | undefined> {
  const { answer } = await within(
    limitMs,
    () => connectTcp(place),
    'connect',
    (socket) => ask(socket, API_VERSIONS),
  )
  return answer === undefined
    ? undefined
    : 'TLS is configured, and the listener speaks plain text: use security protocol PLAINTEXT or SASL_PLAINTEXT, or the port of its TLS listener'
}

async function wantsSasl({ limitMs, ...place }: Place, ssl: ConnectionOptions['ssl']): Promise<string | undefined> {
  const open = (): Socket =>
    ssl === undefined
      ? connectTcp(place)
      : connectTls({ ...place, ...servername(place), ...(typeof ssl === 'object' ? ssl : {}) })
  const connected = ssl === undefined ? 'connect' : 'secureConnect'
  const { answer, error } = await within(limitMs, open, connected, (socket) => ask(socket, SASL_HANDSHAKE))
  // An alert can come after the handshake (TLS 1.3), and is lost when the request meets it.
  const fault = error === undefined ? undefined : classifyFault(error)
  if (fault?.kind === 'refused') return fault.reason
  const mechanisms = answer === undefined ? undefined : mechanismsIn(answer)
  return mechanisms === undefined
    ? undefined
    : `the listener asks for SASL (${mechanisms.join(', ')}), and none is configured: use security protocol ${ssl === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL'}`
}

interface Found {
  readonly isOpen: boolean
  readonly answer: Buffer | undefined
  readonly error: Error | undefined
  readonly code: string
}

/** One connection: opened, used and destroyed within the limit. */
async function within(
  limitMs: number,
  open: () => Socket,
  connected: 'connect' | 'secureConnect',
  use: (socket: Socket) => Promise<Buffer | undefined>,
): Promise<Found> {
  const { promise, resolve } = Promise.withResolvers<Found>()
  let isOpen = false
  let error: Error | undefined
  const done = (answer: Buffer | undefined): void => {
    const code = error !== undefined && 'code' in error ? String(error.code) : ''
    resolve({ isOpen, answer, error, code })
  }
  const socket = open()
  const timer = setTimeout(() => done(undefined), limitMs)
  socket.on('error', (fault: Error) => {
    error = fault
    done(undefined)
  })
  socket.on('close', () => done(undefined))
  const finish = async (): Promise<void> => done(await use(socket))
  socket.once(connected, () => {
    isOpen = true
    void finish()
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

const servername = ({ host }: Pick<Place, 'host'>): { readonly servername?: string } =>
  isIP(host) === 0 ? { servername: host } : {}
