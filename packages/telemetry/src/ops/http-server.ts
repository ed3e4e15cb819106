import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { fail } from '@millrace/core'

export interface HttpServerOptions {
  readonly port: number
  readonly host: string
  /** What to change where it can't be listened on. */
  readonly portVariable: string
  readonly hostVariable: string
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

export interface HttpServer {
  /** Resolves with the port. @throws MillraceError `MILLRACE_CONFIG_INVALID` when host and port can't be listened on */
  start(): Promise<number>
  /** Ends all connections. Idempotent. */
  stop(): Promise<void>
}

const maxConnections = 100
const requestTimeoutMs = 10_000

/** A small server with bounds on connections and time. `node:http` is loaded when it starts and not before. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  let server: Server | undefined
  return {
    async start() {
      const { createServer } = await import('node:http')
      const limits = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }
      const opened = createServer(limits, options.answer)
      opened.maxConnections = maxConnections
      await listen(opened, options)
      server = opened
      const address = opened.address()
      return typeof address === 'object' && address !== null ? address.port : options.port
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

function listen(server: Server, { port, host, portVariable, hostVariable }: HttpServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  return promise.then(
    () => void server.off('error', reject),
    (cause: unknown) => {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
      const problem = isTaken ? `port ${port} of ${host} is in use` : `port ${port} of ${host} can't be listened on`
      const fix = `set ${portVariable} to another port, 0 for any free one, or off; ${hostVariable} is an address of this machine`
      throw fail('MILLRACE_CONFIG_INVALID', { problems: [{ where: portVariable, problem, fix }] }, { cause })
    },
  )
}
