import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from '../store/registry.js'
import { answerCall } from './answer-call.js'
import type { RegistryFaults, RegistryRequest } from './faults.js'
import { Refusal, refusals } from '../store/refusal.js'
import type { Answer } from './routes.js'

export interface ServerParts {
  readonly registry: Registry
  readonly faults: RegistryFaults
  readonly host: string
  /** `user:password`; undefined lets everybody in. */
  readonly credentials: string | undefined
  readonly onRequest: ((request: RegistryRequest) => void) | undefined
}

/** The door of a registry: open or shut, always at one port. */
export interface RegistryServer {
  /** 0 before it was opened for the first time, where any port will do. */
  readonly port: () => number
  open(): Promise<void>
  /** Ends every connection; later ones are refused. Safe to call when it is shut. */
  shut(): Promise<void>
}

const mediaType = 'application/vnd.schemaregistry.v1+json'

export function createRegistryServer(wantedPort: number, parts: ServerParts): RegistryServer {
  let port = wantedPort
  let running: { readonly server: Server; readonly ended: AbortController } | undefined
  return {
    port: () => port,
    async open() {
      if (running !== undefined) return
      const ended = new AbortController()
      const server = createServer(
        (request, response) => void serve(request, response, { ...parts, signal: ended.signal }),
      )
      server.listen(port, parts.host)
      await once(server, 'listening')
      const address = server.address()
      if (typeof address === 'object' && address !== null) port = address.port
      running = { server, ended }
    },
    async shut() {
      if (running === undefined) return
      const { server, ended } = running
      running = undefined
      ended.abort()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Never rejects: whatever goes wrong is an answer. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { registry, faults, credentials, onRequest, signal }: ServerParts & { readonly signal: AbortSignal },
): Promise<void> {
  try {
    const seen = { method: request.method ?? 'GET', url: request.url ?? '/' }
    onRequest?.(seen)
    const fault = faults.strike(seen)
    if (fault !== undefined && 'close' in fault) {
      request.socket.destroy()
      return
    }
    if (fault !== undefined && 'status' in fault) {
      write(response, fault.status, { json: { error_code: fault.status, message: `HTTP ${fault.status}` } })
      return
    }
    if (fault !== undefined) await delay(fault.delayMs, undefined, { signal })
    if (!isLetIn(request, credentials)) throw refusals.unauthorized()
    write(response, 200, await answerCall(request, registry))
  } catch (error) {
    if (signal.aborted) return // shut while it waited: its connection is gone
    const { status, code, message } = error instanceof Refusal ? error : new Refusal(500, String(error))
    if (status === 401) response.setHeader('www-authenticate', 'Basic realm="schema-registry"')
    // What it still sends is not read: its connection ends with the answer.
    if (!request.complete) response.setHeader('connection', 'close')
    write(response, status, { json: { error_code: code, message } })
  }
}

function isLetIn({ headers }: IncomingMessage, credentials: string | undefined): boolean {
  return credentials === undefined || headers.authorization === `Basic ${Buffer.from(credentials).toString('base64')}`
}

function write(response: ServerResponse, status: number, answer: Answer): void {
  const body = 'text' in answer ? answer.text : JSON.stringify(answer.json)
  response.writeHead(status, { 'content-type': mediaType, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
