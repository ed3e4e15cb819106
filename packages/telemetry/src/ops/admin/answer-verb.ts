import type { IncomingMessage } from 'node:http'
import { isMillraceError, type Logger, type WorkerControl } from '@millrace/core'
import { type Answer, json } from '../answer.js'
import { logLevels } from '../../log/create-logger.js'
import type { LogLevelControl } from './log-level-control.js'
import { readBody } from './read-body.js'
import { isVerb, readVerb, type Verb } from './read-verb.js'

export interface VerbParts {
  readonly control: WorkerControl
  /** Undefined where the logger is the application's own. */
  readonly levels: LogLevelControl | undefined
  readonly logger: Logger
  /** Whether the caller may ask. */
  readonly mayAsk: (authorization: string | undefined) => boolean
  readonly isWithinLimit: () => boolean
  /** Names beside addresses and localhost that this server is called by. */
  readonly host: string
  /** Aborts when the server stops. */
  readonly over: AbortSignal
}

/**
 * The answer to a request for a verb. Who asks comes first: without the token nobody learns what there is. A page in a browser
 * can't ask in the name of its reader: the token is no cookie, and a name that was rebound to this address is refused.
 */
export async function answerVerb(request: IncomingMessage, parts: VerbParts): Promise<Answer> {
  const { logger, mayAsk, isWithinLimit, host } = parts
  const by = request.socket.remoteAddress ?? 'unknown'
  if (!isWithinLimit()) return refuse(429, 'too many requests', { 'retry-after': '60' })
  if (!isOwnName(request.headers.host, host)) return refuse(403, 'ask by address or as localhost, not by another name')
  if (!mayAsk(request.headers.authorization)) {
    logger.warn({ by }, 'an admin verb was asked for without the token')
    return refuse(401, 'send the token: Authorization: Bearer ...', { 'www-authenticate': 'Bearer' })
  }
  const name = (request.url ?? '').split('?', 1)[0]?.slice(1) ?? ''
  if (!isVerb(name))
    return json(404, { error: 'not found', paths: ['/pause', '/resume', '/seek', '/log-level'] }, close)
  if (request.method !== 'POST') return refuse(405, 'only POST', { allow: 'POST' })
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return refuse(415, 'send application/json')

  const body = await readBody(request)
  if (body.kind === 'too-large') return refuse(413, 'the body is larger than any verb needs')
  const { value, problems } =
    body.kind === 'json'
      ? readVerb(name, body.value)
      : { problems: [{ where: 'body', problem: 'is not JSON', fix: 'send an object' }] }
  if (value === undefined) return json(400, { error: 'the request is wrong', problems })
  try {
    return json(200, { verb: name, ...(await act(value, by, parts)) })
  } catch (error) {
    return failed(error)
  }
}

async function act(asked: Verb, by: string, { control, levels, over }: VerbParts): Promise<object> {
  switch (asked.verb) {
    case 'pause':
      return { partitions: control.pause(asked.which, by) }
    case 'resume':
      return { partitions: control.resume(asked.which, by) }
    case 'seek':
      return { partitions: await control.seek(asked.which, asked.to, by, over) }
    case 'log-level': {
      const { level, forMs } = asked
      if (levels === undefined) {
        const error = new NotOurLogger('the logger is the application’s own')
        control.note('log-level', { level }, by, error)
        throw error
      }
      const { level: before } = levels
      const facts = { level, before, ...(forMs === undefined ? {} : { forMs }) }
      const note = (): void => control.note('log-level', facts, by)
      const isQuieter = logLevels.indexOf(level) > logLevels.indexOf(before)
      if (isQuieter) note() // or the line about it would be the first that is missing
      levels.set(level, forMs)
      if (!isQuieter) note()
      return facts
    }
    default:
      return unreachable(asked)
  }
}

class NotOurLogger extends Error {}

const statusOf: Readonly<Record<string, number>> = {
  MILLRACE_CONTROL_INVALID: 400,
  MILLRACE_CONTROL_UNKNOWN: 404,
  MILLRACE_CONTROL_CONFLICT: 409,
  MILLRACE_DRIVER_LEASE_ENDED: 409,
  MILLRACE_DRIVER_COMMIT_REFUSED: 409,
  MILLRACE_DRIVER_COMMIT_FAILED: 503,
}

/** What is not an error of ours is not shown: the log has it. */
function failed(error: unknown): Answer {
  if (error instanceof NotOurLogger)
    return json(409, { error: 'the logger is the application’s own: change its level there' })
  if (!isMillraceError(error)) return json(500, { error: 'failed; the log says why' })
  const { code, message, why, todo } = error
  return json(statusOf[code] ?? 500, { error: message, code, why, todo })
}

/** The rest of the request is not read. */
const close = { connection: 'close' }

const refuse = (status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  json(status, { error }, { ...close, ...headers })

/** An address, localhost, or what the server was told to listen on. */
function isOwnName(given: string | undefined, host: string): boolean {
  const name = (given ?? '').replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name === host.toLowerCase() || /^(\d{1,3}\.){3}\d{1,3}$|^\[[\da-f:.]+\]$/.test(name)
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown verb ${JSON.stringify(value)}`)
}
