import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { fail, type ObservedWorker } from '@millrace/core'
import type { Metrics } from '../metrics/create-metrics.js'
import { type Answer, answerTo } from './answer-to.js'

export interface OpsServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Default: 127.0.0.1. Nothing here needs a password, and nothing here changes anything. */
  readonly host?: string
  readonly worker: ObservedWorker
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>
}

/** What an operator and a platform may ask a worker: `/livez`, `/readyz`, `/metrics`, `/inspect`. */
export interface OpsServer {
  /**
   * Resolves with the port.
   * @throws MillraceError `MILLRACE_CONFIG_INVALID` when host and port can't be listened on
   */
  start(): Promise<number>
  /** Ends all connections. Idempotent. */
  stop(): Promise<void>
}

const maxConnections = 100
const requestTimeoutMs = 10_000

export function createOpsServer({ port, host = '127.0.0.1', worker, metrics }: OpsServerOptions): OpsServer {
  let server: Server | undefined

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume() // a body is not read, and must not block the connection
    answerTo({ method: request.method ?? '', url: request.url ?? '' }, worker, metrics).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, failure(error)),
    )
  }

  return {
    async start() {
      const { createServer } = await import('node:http')
      const opened = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, listener)
      opened.maxConnections = maxConnections
      await listen(opened, port, host)
      server = opened
      const address = opened.address()
      return typeof address === 'object' && address !== null ? address.port : port
    },
    async stop() {
      const open = server
      server = undefined
      if (open === undefined) return
      const { promise, resolve } = Promise.withResolvers<void>()
      open.close(() => resolve())
      open.closeAllConnections()
      await promise
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  return promise.then(
    () => void server.off('error', reject),
    (cause: unknown) => {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
      const problem = isTaken ? `port ${port} of ${host} is in use` : `port ${port} of ${host} can't be listened on`
      const fix = 'set OPS_PORT to another port, 0 for any free one, or off; OPS_HOST is an address of this machine'
      throw fail('MILLRACE_CONFIG_INVALID', { problems: [{ where: 'OPS_PORT', problem, fix }] }, { cause })
    },
  )
}

function send(response: ServerResponse, { status, type, body, allow, isHead }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(allow === undefined ? {} : { allow }),
  })
  response.end(isHead === true ? undefined : body)
}

const failure = (error: unknown): Answer => ({
  status: 500,
  type: 'text/plain; charset=utf-8',
  body: `${error instanceof Error ? error.message : 'failed'}\n`,
})
