import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Clock } from '@millrace/core'
import { judgeReply, type RawReply, type Reply } from './reply.js'

/** Basic credentials, or a token that is asked for again at every request. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => string | Promise<string>) }

export interface RestOptions {
  readonly url: string
  readonly auth: RegistryAuth | undefined
  readonly agent: HttpAgent | undefined
  readonly timeoutMs: number
  readonly clock: Clock
}

type Operation =
  | { readonly of: 'Schema'; readonly name: 'find' }
  | { readonly of: 'Subject'; readonly name: 'version' | 'register' | 'registered' | 'compatible' | 'config' }

/** One request, judged. It never rejects: whatever goes wrong is a reply. */
export type Rest = (operation: Operation, params: Readonly<Record<string, unknown>>) => Promise<Reply>

/** What the client's answers offer, failed ones included. */
interface ClientAnswer {
  status(): number
  rawData(): string | null
  error(): Error | null
}

/** The client's requests, without its retries, caches and framing. Loaded at the first request: it takes 50 ms. */
export function openRest({ url, auth, agent, timeoutMs, clock }: RestOptions): Rest {
  let client: Promise<Api> | undefined
  // Requests are rare, and a connection that is kept would hold up the end of a process.
  const ownAgent = url.startsWith('https:') ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false })

  async function ask(operation: Operation, params: object, signal: AbortSignal): Promise<RawReply> {
    client ??= loadClient(url, auth, agent ?? ownAgent)
    const api = await client
    const headers = await authorization(auth)
    const request = { ...params, ...headers, signal }
    const answer: ClientAnswer =
      operation.of === 'Schema' ? await api.Schema.find(request) : await api.Subject[operation.name](request)
    return { status: answer.status(), text: answer.rawData(), error: answer.error() }
  }

  return async (operation, params) => {
    const timedOut = new AbortController()
    const late = Promise.withResolvers<Reply>()
    // The client never settles when an answer breaks off in its middle, so the limit is ours.
    const timer = clock.after(timeoutMs, () => {
      timedOut.abort()
      late.resolve({ kind: 'away', reason: `no answer within ${timeoutMs} ms` })
    })
    const asked = ask(operation, params, timedOut.signal).then(judgeReply, (thrown: unknown) => failed(thrown))
    try {
      return await Promise.race([asked, late.promise])
    } finally {
      timer.cancel()
    }
  }
}

/** Also what a token provider throws: no request was made, so nothing was learnt. */
const failed = (thrown: unknown): Reply => ({
  kind: 'away',
  reason: thrown instanceof Error ? thrown.message : 'the request failed',
})

type Api = Awaited<ReturnType<typeof loadClient>>

async function loadClient(url: string, auth: RegistryAuth | undefined, agent: HttpAgent) {
  const { SchemaRegistry } = await import('@kafkajs/confluent-schema-registry')
  const basic = auth !== undefined && 'username' in auth ? { auth: { ...auth } } : {}
  const client = new SchemaRegistry({ host: url, agent, ...basic, middlewares: [answerAlways] })
  return client['api']
}

/**
 * Hands over failed answers as they are: the client makes one Error of all of them, from which a refused connection (status
 * 400) can't be told from a bad request, nor one error code from another. It also keeps the client's own retries out.
 */
const answerAlways = () => ({
  response: <Answer>(next: () => Promise<Answer>): Promise<Answer> =>
    next().catch((answer: unknown) => {
      if (typeof answer === 'object' && answer !== null && 'status' in answer) return answer as Answer
      throw answer
    }),
})

async function authorization(auth: RegistryAuth | undefined): Promise<object> {
  if (auth === undefined || 'username' in auth) return {}
  const token = typeof auth.token === 'string' ? auth.token : await auth.token()
  return { headers: { authorization: `Bearer ${token}` } }
}
