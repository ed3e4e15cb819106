import type { Agent } from 'node:http'
import type { Clock } from '@millrace/core'
import { answerAlways, type ClientAnswer, whatCame } from './answer-always.js'
import { basicSecrets, createHideSecrets } from './hide-secrets.js'
import { judgeReply, type Reply } from './reply.js'

/** Basic credentials, or a token that is asked for again at every request. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => string | Promise<string>) }

export interface RestOptions {
  readonly url: string
  readonly auth: RegistryAuth | undefined
  readonly agent: Agent | undefined
  readonly timeoutMs: number
  readonly clock: Clock
}

type Operation =
  | { readonly of: 'Schema'; readonly name: 'find' }
  | { readonly of: 'Subject'; readonly name: 'version' | 'register' | 'registered' | 'compatible' | 'config' }

/** One request, judged. It never rejects: whatever goes wrong is a reply. */
export type Rest = (operation: Operation, params: Readonly<Record<string, unknown>>) => Promise<Reply>

/** The client's requests, without its retries, caches and framing. Loaded at the first request: it takes 50 ms. */
export function openRest({ url, auth, agent, timeoutMs, clock }: RestOptions): Rest {
  let client: Promise<Api> | undefined

  async function ask(operation: Operation, params: object, signal: AbortSignal): Promise<Reply> {
    client ??= loadClient(url, auth, agent)
    const api = await client
    const { headers, secrets } = await authorization(auth)
    const request = { ...params, ...(headers === undefined ? {} : { headers }), signal }
    const answer: Pick<ClientAnswer, 'rawData'> =
      operation.of === 'Schema' ? await api.Schema.find(request) : await api.Subject[operation.name](request)
    return withoutSecrets(judgeReply(whatCame(answer)), createHideSecrets(secrets))
  }

  return async (operation, params) => {
    const timedOut = new AbortController()
    const late = Promise.withResolvers<Reply>()
    // The client never settles when an answer breaks off in its middle, so the limit is ours.
    const timer = clock.after(timeoutMs, () => {
      timedOut.abort()
      late.resolve({ kind: 'away', reason: `no answer within ${timeoutMs} ms` })
    })
    const asked = ask(operation, params, timedOut.signal).catch((thrown: unknown) => failed(thrown))
    try {
      return await Promise.race([asked, late.promise])
    } finally {
      timer.cancel()
    }
  }
}

/** What goes into errors. A body that is used stays as it is: a schema may well hold a word that is somebody's password. */
function withoutSecrets(reply: Reply, hide: (text: string) => string): Reply {
  if (reply.kind === 'answered') return reply
  return reply.kind === 'away' ? { ...reply, reason: hide(reply.reason) } : { ...reply, message: hide(reply.message) }
}

/** Also what a token provider throws: no request was made, so nothing was learnt. */
const failed = (thrown: unknown): Reply => ({
  kind: 'away',
  reason: thrown instanceof Error ? thrown.message : 'the request failed',
})

type Api = Awaited<ReturnType<typeof loadClient>>

async function loadClient(url: string, auth: RegistryAuth | undefined, given: Agent | undefined) {
  const { SchemaRegistry } = await import('@kafkajs/confluent-schema-registry')
  const { Agent } = await (url.startsWith('https:') ? import('node:https') : import('node:http'))
  // Requests are rare, and a connection that is kept would hold up the end of a process.
  const agent = given ?? new Agent({ keepAlive: false })
  const basic = auth !== undefined && 'username' in auth ? { auth: { ...auth } } : {}
  const api = new SchemaRegistry({ host: url, agent, ...basic })['api']
  answerAlways(api)
  return api
}

interface Authorization {
  readonly headers?: Readonly<Record<string, string>>
  /** What must not be in an error, whoever wrote it. */
  readonly secrets: readonly string[]
}

/** The client makes the header of basic credentials by itself. */
async function authorization(auth: RegistryAuth | undefined): Promise<Authorization> {
  if (auth === undefined) return { secrets: [] }
  if ('username' in auth) return { secrets: basicSecrets(auth.username, auth.password) }
  const token = typeof auth.token === 'string' ? auth.token : await auth.token()
  return { headers: { authorization: `Bearer ${token}` }, secrets: [token] }
}
