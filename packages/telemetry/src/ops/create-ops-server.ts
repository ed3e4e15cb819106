import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from '../metrics/create-metrics.js'
import { type Answer, send } from './answer.js'
import { answerTo, type OpsWorker } from './answer-to.js'
import { createHttpServer, type HttpServer } from './http-server.js'

export interface OpsServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Default: 127.0.0.1. Nothing here needs a password, and nothing here changes anything. */
  readonly host?: string
  readonly worker: OpsWorker
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>
}

/** What an operator and a platform may ask a worker: `/livez`, `/readyz`, `/startupz`, `/metrics`, `/info`, `/inspect`. */
export type OpsServer = HttpServer

export function createOpsServer({ port, host = '127.0.0.1', worker, metrics }: OpsServerOptions): OpsServer {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume() // a body is not read, and must not block the connection
    answerTo({ method: request.method ?? '', url: request.url ?? '' }, worker, metrics).then(
      (found) => send(response, found),
      (error: unknown) => send(response, failure(error)),
    )
  }
  return createHttpServer({ port, host, portVariable: 'OPS_PORT', hostVariable: 'OPS_HOST', answer })
}

const failure = (error: unknown): Answer => ({
  status: 500,
  type: 'text/plain; charset=utf-8',
  body: `${error instanceof Error ? error.message : 'failed'}\n`,
})
