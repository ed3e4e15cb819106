import { fail, silentLogger } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import type { SaslToken, TokenSource } from './connection-options.js'
import { createTokenCache, expiryOf } from './token-cache.js'

const minute = 60_000

function setup(answer: (asked: number) => SaslToken | Promise<SaslToken>) {
  const clock = createManualClock()
  const warnings: string[] = []
  const signals: AbortSignal[] = []
  const source: TokenSource = async (signal) => answer(signals.push(signal))
  const log = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) }
  const { current, forget } = createTokenCache({ source, log, clock, limitMs: 20 })
  const lifeOf = (ms: number): number => clock.wallNow() + ms
  return { clock, current, forget, warnings, signals, lifeOf, value: async () => (await current()).value }
}

describe('a token cache', () => {
  it('hands one token to all who ask at a time, and until half of its life is over', async () => {
    const { clock, value, signals, lifeOf } = setup((asked) => ({
      value: `t${asked}`,
      expiresAtMs: lifeOf(10 * minute),
    }))
    expect(await Promise.all([value(), value()])).toEqual(['t1', 't1'])
    await clock.advance(5 * minute - 1)
    expect(await value()).toBe('t1')
    await clock.advance(1)
    expect(await value()).toBe('t2')
    expect(signals.length).toBe(2)
  })

  it('reads the end of a JSON Web Token, and asks each time where nothing tells the end', async () => {
    const { value, lifeOf } = setup((asked) => {
      const claims = Buffer.from(JSON.stringify({ exp: lifeOf(minute) / 1000 })).toString('base64url')
      return { value: asked === 1 ? `h.${claims}.s` : `opaque${asked}` }
    })
    const first = await value()
    expect(await value()).toBe(first)
    const opaque = setup((asked) => ({ value: `opaque${asked}` }))
    expect([await opaque.value(), await opaque.value()]).toEqual(['opaque1', 'opaque2'])
  })

  it('bridges an outage with the token that it has, says so, and gives up when that has expired', async () => {
    const { clock, current, value, warnings, lifeOf } = setup((asked) => {
      if (asked > 1) throw new Error('503')
      return { value: 't1', expiresAtMs: lifeOf(minute) }
    })
    await value()
    await clock.advance(59_999)
    expect(await value()).toBe('t1')
    expect(warnings).toEqual([expect.stringContaining('the old one is used')])
    await clock.advance(1)
    await expect(current()).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_TOKEN_UNAVAILABLE',
      message: expect.stringContaining('503'),
      cause: { message: '503' },
    })
  })

  it('asks for another one once a broker has refused it, and only for that one', async () => {
    const { current, forget, lifeOf } = setup((asked) => ({ value: `t${asked}`, expiresAtMs: lifeOf(minute) }))
    const refused = await current()
    forget(refused)
    expect(await current()).toMatchObject({ value: 't2' })
    forget(refused)
    expect(await current()).toMatchObject({ value: 't2' })
  })

  it('asks again after a failure', async () => {
    const { value } = setup((asked) => {
      if (asked === 1) throw new Error('503')
      return { value: 't2' }
    })
    await expect(value()).rejects.toThrow('503')
    expect(await value()).toBe('t2')
  })

  it('passes a refusal on as it is', async () => {
    const refusal = fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the client', reason: 'invalid_client' })
    const { current } = setup(() => Promise.reject(refusal))
    await expect(current()).rejects.toBe(refusal)
  })

  it('waits for a source for so long, and tells it when nobody waits any more', async () => {
    const { current, signals } = setup(() => new Promise(() => undefined))
    await expect(current()).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_TOKEN_UNAVAILABLE' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it.each<[string, SaslToken]>([
    ['a separator in the token', { value: 'secret\u0001auth=other' }],
    ['no token', { value: '' }],
    ['an end that is no number', { value: 'secret', expiresAtMs: Number.NaN }],
    ['an end in the past', { value: 'secret', expiresAtMs: 1 }],
    ['an extension that is called auth', { value: 'secret', extensions: { auth: 'x' } }],
    ['an extension with a separator', { value: 'secret', extensions: { cluster: 'x\u0001auth=y' } }],
  ])('refuses %s, and does not say what it was', async (_what, token) => {
    const error: unknown = await setup(() => token)
      .current()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MILLRACE_DRIVER_TOKEN_UNAVAILABLE' })
    expect(String(error)).not.toContain('secret')
  })
})

it.each([
  ['no JSON Web Token', 'abc'],
  ['dots without claims', 'a.b.c'],
  ['claims without an end', `a.${Buffer.from('{"sub":"x"}').toString('base64url')}.`],
  ['an end that is text', `a.${Buffer.from('{"exp":"1"}').toString('base64url')}.`],
  ['claims that are null', `a.${Buffer.from('null').toString('base64url')}.`],
])('knows no end of %s', (_what, value) => {
  expect(expiryOf(value)).toBeUndefined()
})
