import type { IncomingMessage } from 'node:http'
import { type Json, parseJson } from '../schemas/json-value.js'
import type { Registry } from '../store/registry.js'
import { refusals } from '../store/refusal.js'
import { type Answer, findRoute } from './routes.js'

const maxBodyBytes = 8 * 1024 * 1024
const mediaTypes = /^application\/(vnd\.schemaregistry(\.v1)?\+json|json|octet-stream)\s*(;|$)/i

/** What a registry answers to a request. Throws a Refusal. */
export async function answerCall(request: IncomingMessage, registry: Registry): Promise<Answer> {
  const { method = 'GET' } = request
  const url = new URL(request.url ?? '/', 'http://registry')
  const route = findRoute(method, url.pathname === '/' ? '/' : url.pathname.replace(/\/+$/, ''))
  if (route === undefined) throw refusals.noSuchPath()
  if (route === 'wrong-method') throw refusals.wrongMethod()
  const body = method === 'POST' || method === 'PUT' ? await readBody(request) : undefined
  return route.handler({ method, path: route.path, query: url.searchParams, body }, registry)
}

async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const { 'content-type': type = 'application/json' } = request.headers
  if (!mediaTypes.test(type)) throw refusals.wrongMediaType()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBodyBytes) throw refusals.tooLarge()
    chunks.push(bytes)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  if (text.trim() === '') return undefined
  const parsed = parseJson(text)
  if (parsed === undefined) throw refusals.badJson('the request body is not JSON')
  return parsed.value
}
