import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isMillraceError, MillraceError } from '../../millrace-error.js'
import type { SerdeContext } from '../serde.js'
import { bytes } from './bytes.js'
import { json } from './json.js'
import { utf8 } from './utf8.js'

const at: SerdeContext = { topic: 'orders.v1', part: 'value' }
const raw = (text: string): Buffer => Buffer.from(text)

/** What a synchronous or asynchronous piece of work threw. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

async function codeOf(work: () => unknown): Promise<string> {
  const thrown = await thrownBy(work)
  return thrown instanceof MillraceError ? thrown.code : String(thrown)
}

describe('bytes', () => {
  it('hands the buffer over as it is', () => {
    const buffer = Buffer.from([0, 255])
    expect(bytes.decode(buffer, at)).toBe(buffer)
    expect(bytes.encode(buffer, at)).toBe(buffer)
  })

  it('takes a view of a larger array for what the view shows', () => {
    expect(bytes.encode(new Uint8Array([1, 2, 3, 4]).subarray(1, 3), at)).toEqual(Buffer.from([2, 3]))
  })

  it('refuses anything else', async () => {
    expect(await codeOf(() => bytes.encode(JSON.parse('"text"'), at))).toBe('MILLRACE_ENCODE_FAILED')
  })
})

describe('utf8', () => {
  it('gives back every well-formed text, byte order mark and all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8.decode(Buffer.from(utf8.encode(text, at) as Buffer), at)).toBe(text)
      }),
    )
    expect(utf8.decode(raw('\uFEFFa'), at)).toBe('\uFEFFa')
    expect(utf8.decode(Buffer.alloc(0), at)).toBe('')
  })

  it.each([[[0xff]], [[0xc3]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0x61, 0x80]]])(
    'refuses the bytes %o',
    async (list) => {
      const thrown = await thrownBy(() => utf8.decode(Buffer.from(list), { topic: 'orders.v1', part: 'key' }))
      expect(thrown).toMatchObject({
        code: 'MILLRACE_DECODE_FAILED',
        message: 'The key of a record on "orders.v1" is not valid utf8.',
      })
    },
  )

  it.each(['\ud800', 'a\udc00', 5, null, undefined])('refuses to write %o', async (value) => {
    expect(await codeOf(() => utf8.encode(value as string, at))).toBe('MILLRACE_ENCODE_FAILED')
  })
})

describe('json without a schema', () => {
  it('gives back whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = json().encode(value, at) as Buffer
        expect(json().decode(written, at)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it.each(['', '{', '{"a":1,}', 'undefined', 'NaN', "{'a':1}", '"\u0001"', '[1] 2'])('refuses %o', async (text) => {
    expect(await codeOf(() => json().decode(raw(text), at))).toBe('MILLRACE_DECODE_FAILED')
  })

  it('refuses bytes that are not UTF-8 inside a string', async () => {
    expect(await codeOf(() => json().decode(Buffer.from([0x22, 0xff, 0x22]), at))).toBe('MILLRACE_DECODE_FAILED')
  })

  it('drops a byte order mark', () => {
    expect(json().decode(raw('\uFEFF{"a":1}'), at)).toEqual({ a: 1 })
  })

  it('keeps the payload out of the error, its causes included', async () => {
    const thrown = await thrownBy(() => json().decode(raw('{"card":"4111-1111" oops'), at))
    expect(thrown).toMatchObject({ code: 'MILLRACE_DECODE_FAILED' })
    expect(thrown instanceof Error && thrown.cause).toBeUndefined()
  })

  it('reads __proto__ and constructor as plain properties', () => {
    const value = json().decode(raw('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'), at)
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Reflect.get({}, 'admin')).toBeUndefined()
  })

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a bigint', { n: 1n }],
    ['a throwing toJSON', { toJSON: () => JSON.parse('') }],
  ])('refuses to write %s', async (_what, value) => {
    expect(await codeOf(() => json().encode(value, at))).toBe('MILLRACE_ENCODE_FAILED')
  })

  it('refuses to write a circle', async () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(await codeOf(() => json().encode(circle, at))).toBe('MILLRACE_ENCODE_FAILED')
  })
})

describe('json with a schema', () => {
  const zod = json(z.object({ id: z.string(), amount: z.number().positive().default(1) }))
  const valibot = json(v.object({ id: v.string(), amount: v.optional(v.number(), 1) }))
  const slow = json(z.object({ id: z.string() }).refine(async ({ id }) => id !== 'taken', 'is taken'))

  it.each([
    ['zod', zod],
    ['valibot', valibot],
  ])('of %s gives the output type, synchronously', (_library, serde) => {
    expect(serde.decode(raw('{"id":"a"}'), at)).toEqual({ id: 'a', amount: 1 })
    expect(serde.encode({ id: 'a' }, at)).toEqual(raw('{"id":"a"}'))
  })

  it('may be asynchronous, both ways', async () => {
    const decoding = slow.decode(raw('{"id":"a"}'), at)
    expect(decoding).toBeInstanceOf(Promise)
    expect(await decoding).toEqual({ id: 'a' })
    expect(await slow.encode({ id: 'a' }, at)).toEqual(raw('{"id":"a"}'))
    expect(await codeOf(() => slow.decode(raw('{"id":"taken"}'), at))).toBe('MILLRACE_VALIDATE_FAILED')
    expect(await codeOf(() => slow.encode({ id: 'taken' }, at))).toBe('MILLRACE_ENCODE_FAILED')
  })

  it('writes the input as it was passed, not what the schema makes of it', () => {
    const dated = json(z.object({ at: z.string().transform((text) => new Date(text)) }))
    const written = dated.encode({ at: '2026-01-01T00:00:00.000Z' }, at)
    expect(written).toEqual(raw('{"at":"2026-01-01T00:00:00.000Z"}'))
    expect(dated.decode(written as Buffer, at)).toEqual({ at: new Date('2026-01-01T00:00:00.000Z') })
  })

  it('refuses to write what does not fit', async () => {
    const thrown = await thrownBy(() => zod.encode({ id: 'a', amount: -1 }, at))
    expect(thrown).toMatchObject({ code: 'MILLRACE_ENCODE_FAILED', message: expect.stringContaining('amount') })
  })

  it('tells a key that breaks its schema from a value', async () => {
    const thrown = await thrownBy(() => zod.decode(raw('{}'), { topic: 'orders.v1', part: 'key' }))
    expect(thrown).toMatchObject({ message: expect.stringContaining('in its key, id:') })
  })

  it('lets an error of the schema itself through, to be retried', async () => {
    const validate = (): Promise<never> => Promise.reject(new Error('registry is away'))
    const looksUp = json({ '~standard': { version: 1, vendor: 'test', validate } })
    const thrown = await thrownBy(() => looksUp.decode(raw('"a"'), at))
    expect(isMillraceError(thrown)).toBe(false)
  })

  it('refuses at once what is no Standard Schema', () => {
    expect(() => json(JSON.parse('{"id":"string"}'))).toThrow(
      expect.objectContaining({ code: 'MILLRACE_OPTIONS_INVALID' }),
    )
    expect(() => json(JSON.parse('null'))).toThrow(expect.objectContaining({ code: 'MILLRACE_OPTIONS_INVALID' }))
  })
})

describe('hostile JSON', () => {
  interface Nested {
    readonly n?: Nested | undefined
  }
  const nested: z.ZodType<Nested> = z.lazy(() => z.object({ n: nested.optional() }))
  const nestedSlow = z.lazy(() => z.object({ n: nested.optional() })).refine(async () => true)
  const deep = (depth: number): Buffer => raw('{"n":'.repeat(depth) + '{}' + '}'.repeat(depth))

  it.each([10_000, 100_000])('nested %d deep never gets out as a RangeError', async (depth) => {
    for (const schema of [nested, nestedSlow]) {
      const outcome = await Promise.resolve()
        .then(() => json(schema).decode(deep(depth), at))
        .catch((thrown: unknown) => thrown)
      expect(outcome instanceof Error ? Reflect.get(outcome, 'code') : 'decoded').toBe('MILLRACE_DECODE_FAILED')
    }
    const bare = await Promise.resolve()
      .then(() => json().decode(deep(depth), at))
      .catch((thrown: unknown) => thrown)
    expect(bare instanceof Error ? Reflect.get(bare, 'code') : 'MILLRACE_DECODE_FAILED').toBe('MILLRACE_DECODE_FAILED')
  })

  it('refuses to write what is nested too deep', async () => {
    let value: unknown = {}
    for (let depth = 0; depth < 100_000; depth += 1) value = { n: value }
    expect(await codeOf(() => json().encode(value, at))).toBe('MILLRACE_ENCODE_FAILED')
  })

  it('with __proto__ touches no prototype through a schema that keeps unknown keys', () => {
    const loose = json(z.looseObject({ id: z.string() }))
    const value = loose.decode(raw('{"id":"a","__proto__":{"admin":true}}'), at)
    expect(Reflect.get({}, 'admin')).toBeUndefined()
    expect(Reflect.get(Object(value), 'admin')).toBeUndefined()
  })
})

describe('the text of issues', () => {
  async function issuesOf(schema: Parameters<typeof json>[0], value: unknown): Promise<string> {
    const thrown = await thrownBy(() => json(schema).decode(raw(JSON.stringify(value)), at))
    if (!isMillraceError(thrown, 'MILLRACE_VALIDATE_FAILED')) throw thrown
    return thrown.message
  }

  it('is path and message', async () => {
    const schema = z.object({ items: z.array(z.object({ sku: z.string() })) })
    expect(await issuesOf(schema, { items: [{ sku: 'a' }, {}] })).toBe(
      'A value on "orders.v1" does not match its schema: items[1].sku: Invalid input: expected string, received undefined',
    )
    expect(await issuesOf(z.object({}), [])).toContain('(root): ')
  })

  it('is at most 5 issues, and says how many more there are', async () => {
    const text = await issuesOf(
      z.array(z.string()),
      Array.from({ length: 2_000 }, () => 1),
    )
    expect(text.match(/\[\d+\]:/g)).toHaveLength(5)
    expect(text).toMatch(/; and 1995 more$/)
  })

  it.each([
    ['a text that valibot quotes', v.object({ pin: v.number() }), { pin: 'hunter2' }, 'hunter2'],
    ['a number that valibot shows', v.object({ pin: v.string() }), { pin: 4711 }, '4711'],
    ['a short text', v.object({ pin: v.literal('x') }), { pin: 'ab' }, '"ab"'],
    [
      'a text that the message of a user repeats',
      z.object({ pin: z.custom(() => false, { error: ({ input }) => `${String(input)} is taken` }) }),
      { pin: 'hunter2' },
      'hunter2',
    ],
    [
      'a short text with its quotes escaped',
      z.object({ pin: z.custom(() => false, { error: ({ input }) => `was ${JSON.stringify(input)}` }) }),
      { pin: '1"2' },
      '1\\"2',
    ],
    ['a fraction', v.object({ pin: v.string() }), { pin: -12.75 }, '12.75'],
  ])('leaves out the value: %s', async (_case, schema, value, secret) => {
    const text = await issuesOf(schema, value)
    expect(text).toContain('pin: ')
    expect(text).not.toContain(secret)
  })

  it('is short and on one line whatever the paths are', async () => {
    const schema = z.record(z.string(), z.number())
    const text = await issuesOf(schema, { [`${'k'.repeat(100_000)}`]: 'x', 'a\nb': 'x' })
    expect(text.length).toBeLessThan(700)
    expect(text).not.toContain('\n')
  })
})
