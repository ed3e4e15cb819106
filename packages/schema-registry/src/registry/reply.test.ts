import { describe, expect, it } from 'vitest'
import { judgeReply, type RawReply } from './reply.js'

const of = (status: number, body: unknown, error: string | null = null): RawReply => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  error,
})
const unknownId = { error_code: 40403, message: 'Schema 7 not found' }

describe('what a registry said', () => {
  it.each<[string, RawReply, string, string?]>([
    ['an answer', of(200, { id: 1 }), 'answered'],
    ['an unknown id', of(404, unknownId), 'absent'],
    ['an unknown subject', of(404, { error_code: 40401, message: 'no' }), 'absent'],
    ['a code that is text', of(404, { error_code: '40402', message: 'no' }), 'absent'],
    ['a 404 of something that is no registry', of(404, '<html>not found</html>'), 'refused'],
    ['a 404 with a code of its own', of(404, { error_code: 404, message: 'HTTP 404 Not Found' }), 'refused'],
    ['an incompatible schema', of(409, { error_code: 409, message: 'incompatible' }), 'refused'],
    ['an invalid schema', of(422, { error_code: 42201, message: 'invalid' }), 'refused'],
    ['wrong credentials', of(401, { message: 'who?' }), 'denied'],
    ['missing rights', of(403, { message: 'no' }), 'denied'],
    ['a redirect', of(302, ''), 'refused'],
    ['a limit of requests', of(429, {}), 'away', 'status 429'],
    ['a request that took too long', of(408, {}), 'away'],
    ['an inner error', of(500, { error_code: 50001, message: 'store' }), 'away', 'status 500: store'],
    ['a broken gateway', of(502, '<html>'), 'away'],
    ['a login page', of(200, '<html>sign in</html>'), 'away', 'no JSON'],
    ['no body at all', { status: 200, text: null, error: null }, 'away'],
    // What the client makes of a connection that nobody takes.
    ['a dead registry', of(400, 'connect ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'), 'away', 'ECONNREFUSED'],
    ['a dead registry after a good status', of(200, { id: 1 }, 'aborted'), 'away', 'aborted'],
  ])('%s', (_name, raw, kind, text = '') => {
    const reply = judgeReply(raw)
    expect(reply.kind).toBe(kind)
    if (reply.kind === 'away') expect(reply.reason).toContain(text)
  })

  it('keeps every message short', () => {
    const long = judgeReply(of(422, { error_code: 42201, message: 'x'.repeat(5_000) }))
    expect(long.kind === 'refused' && long.message.length).toBe(600)
  })
})
