import { fail, type Logger, systemClock, type Worker } from '@millrace/core'
import type { FlushableLogger } from '../../log/create-logger.js'
import { json, send } from '../answer.js'
import { createHttpServer, type HttpServer } from '../http-server.js'
import { answerVerb } from './answer-verb.js'
import { createLogLevelControl } from './log-level-control.js'
import { createRequestLimit } from './request-limit.js'
import { createTokenCheck, minTokenLength } from './token.js'

export interface AdminServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Default: 127.0.0.1. Whoever reaches it and has the token may stop and replay the work of this process. */
  readonly host?: string
  /** At least 16 characters. Never logged, never part of an answer. */
  readonly token: string
  readonly worker: Pick<Worker, 'control'>
  readonly logger: Logger
  /** The logger whose level may be changed, where it is millrace's. */
  readonly levels?: Pick<FlushableLogger, 'level' | 'setLevel'>
}

/** A minute; far more than a person asks for, far less than somebody who guesses. */
const maxRequests = 120

/**
 * What an operator may do to a worker: `POST /pause`, `/resume`, `/seek`, `/log-level`, with a bearer token, on a port of their own.
 * Every act is an event and a line of the log, with the address of who asked.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` for a token that is too short
 */
export function createAdminServer(options: AdminServerOptions): HttpServer {
  const { port, host = '127.0.0.1', token, worker, logger, levels } = options
  if (token.length < minTokenLength) {
    const problem = `has fewer than ${minTokenLength} characters`
    const fix = 'use a long random one, such as that of: openssl rand -hex 24'
    throw fail('MILLRACE_CONFIG_INVALID', { problems: [{ where: 'OPS_ADMIN_TOKEN', problem, fix }] })
  }
  const over = new AbortController()
  const levelControl = levels === undefined ? undefined : createLogLevelControl(levels)
  const parts = {
    ...{ control: worker.control, levels: levelControl, logger, host, over: over.signal },
    mayAsk: createTokenCheck(token),
    isWithinLimit: createRequestLimit(maxRequests, () => systemClock.now()),
  }
  const server = createHttpServer({
    ...{ port, host, portVariable: 'OPS_ADMIN_PORT', hostVariable: 'OPS_ADMIN_HOST' },
    answer(request, response) {
      answerVerb(request, parts).then(
        (answer) => send(response, answer),
        (err: unknown) => {
          logger.debug({ err }, 'an admin request broke off')
          if (!response.headersSent) send(response, json(400, { error: 'the request broke off' }))
        },
      )
    },
  })
  return {
    start: () => server.start(),
    async stop() {
      over.abort('shutdown')
      levelControl?.close()
      await server.stop()
    },
  }
}
