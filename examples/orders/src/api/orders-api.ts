import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type DeliveryReport, isMillraceError, type Logger } from 'millrace'
import type { OrderPlaced } from '../topics.js'
import { openapi } from './openapi.js'
import { parseOrder } from './parse-order.js'
import { readBody } from './read-body.js'

export interface OrdersApiParts {
  /** Resolves when Kafka has stored the order. */
  readonly send: (order: OrderPlaced, signal: AbortSignal) => Promise<DeliveryReport>
  readonly log: Logger
  /** How long a client waits for Kafka before it is told to come back, milliseconds. */
  readonly kafkaWaitMs?: number
  /** Serves `/openapi.json`. Default: no. */
  readonly isDocumented?: boolean
}

interface Answer {
  readonly status: number
  readonly body: object | string
  readonly headers?: Readonly<Record<string, string>>
}

const maxBodyBytes = 64 * 1024
const defaultKafkaWaitMs = 10_000

/** The HTTP side of the orders service. 202 means that the order is stored on all in-sync replicas. */
export function createOrdersApi({
  send,
  log,
  kafkaWaitMs = defaultKafkaWaitMs,
  isDocumented = false,
}: OrdersApiParts): Server {
  async function placeOrder(request: IncomingMessage): Promise<Answer> {
    if (!isJson(request.headers['content-type'])) return problem(415, 'send application/json')
    const body = await readBody(request, maxBodyBytes)
    if (body === undefined) return problem(413, `the body is longer than ${maxBodyBytes} bytes`)
    const parsed = parseOrder(body)
    if (parsed.kind === 'invalid') return { status: 400, body: { errors: parsed.errors } }

    const { orderId } = parsed.order
    const signal = AbortSignal.timeout(kafkaWaitMs)
    try {
      const { topic, partition, offset } = await Promise.race([send(parsed.order, signal), endOf(signal)])
      log.info({ orderId, topic, partition, offset }, 'order delivered')
      return { status: 202, body: { orderId, topic } }
    } catch (err) {
      log.error({ orderId, err }, 'order not delivered')
      if (signal.aborted || isWorthRepeating(err)) return comeBack
      return problem(500, 'the order could not be stored')
    }
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const [path] = (request.url ?? '').split('?')
    if (path === '/api/orders') return request.method === 'POST' ? placeOrder(request) : notAllowed('POST')
    if (path === '/api/orders/ping') return request.method === 'GET' ? pong : notAllowed('GET')
    if (isDocumented && path === '/openapi.json')
      return request.method === 'GET' ? { status: 200, body: openapi } : notAllowed('GET')
    return problem(404, 'there is only POST /api/orders and GET /api/orders/ping')
  }

  return createServer((request, response) => {
    answer(request)
      .catch((err: unknown): Answer => {
        log.error({ err }, 'request failed') // most often a client that went away in the middle of its body
        return problem(500, 'the request could not be handled')
      })
      .then((given) => write(request, response, given))
      .catch((err: unknown) => log.error({ err }, 'the answer could not be written'))
  })
}

/** Also bounds what does not look at its signal, such as the first connect. */
const endOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

const pong: Answer = { status: 200, body: 'pong' }
const comeBack: Answer = {
  status: 503,
  body: { error: 'Kafka is away: the order may not be stored. Send it again with the same orderId.' },
  headers: { 'retry-after': '1' },
}
const problem = (status: number, error: string): Answer => ({ status, body: { error } })
const notAllowed = (allow: string): Answer => ({ ...problem(405, `use ${allow}`), headers: { allow } })

const isJson = (contentType: string | undefined): boolean =>
  /^application\/([\w.-]+\+)?json$/i.test((contentType ?? '').split(';')[0]?.trim() ?? '')

/** Nothing answered, or the API is closing: another try, here or at another instance, may succeed. */
const isWorthRepeating = (error: unknown): boolean =>
  isMillraceError(error) && (error.retriable || error.code === 'MILLRACE_PRODUCE_CLOSED')

function write(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  // What is left of an unread body would be taken for the next request.
  const connection = request.complete ? {} : { connection: 'close' }
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    ...connection,
    ...headers,
  })
  response.end(text)
}
