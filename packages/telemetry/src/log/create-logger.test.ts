import { fail } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from './create-logger.js'

const setup = (options: LoggerOptions = {}) => {
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) }, ...options })
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>
  return { lines, logger, last }
}

describe('lines', () => {
  it('are JSON with level, time, message and fields', () => {
    const { logger, last } = setup()
    logger.info({ topic: 'orders.v1', partition: 3, ok: true, none: null, left: undefined }, 'hello')
    expect(last()).toMatchObject({
      level: 'info',
      msg: 'hello',
      topic: 'orders.v1',
      partition: 3,
      ok: true,
      none: null,
    })
    expect(last()['time']).toBeTypeOf('number')
    expect(last()).not.toHaveProperty('left')
  })

  it('carry the fields of a child, bigints included', () => {
    const { logger, last } = setup()
    logger.child({ group: 'billing' }).child({ topic: 't', offset: 42n, attempt: 1, generation: 7 }).warn({}, 'careful')
    expect(last()).toMatchObject({ level: 'warn', group: 'billing', topic: 't', offset: 42, attempt: 1, generation: 7 })
  })

  it('write an offset that JSON numbers would round as text', () => {
    const { logger, last } = setup()
    logger.info({ offset: 2n ** 60n, from: -(2n ** 60n) }, 'far')
    expect(last()).toMatchObject({ offset: '1152921504606846976', from: '-1152921504606846976' })
  })

  it('follow a change of the level, those of children that were made before it too', () => {
    const { logger, lines } = setup({ level: 'info' })
    const child = logger.child({ group: 'billing' })
    child.debug({}, 'before')
    logger.setLevel('debug')
    expect(logger.level).toBe('debug')
    child.debug({}, 'after')
    logger.setLevel('silent')
    child.error({}, 'silent')
    expect(lines.map((line) => line.includes('after'))).toEqual([true])
  })

  it('below the level are not written, and cost no reading of the fields', () => {
    const { logger, lines } = setup({ level: 'warn' })
    const fields = Object.defineProperty({}, 'dear', {
      enumerable: true,
      get: () => {
        throw new Error('was read')
      },
    })
    logger.info(fields, 'quiet')
    logger.debug(fields, 'quiet')
    expect(lines).toEqual([])
  })

  it('are all written when flush resolves', async () => {
    const { logger, lines } = setup()
    logger.info({}, 'last words')
    await logger.flush()
    expect(lines).toHaveLength(1)
  })
})

describe('payloads and keys', () => {
  it('never write bytes, at any depth', () => {
    const { logger, lines } = setup()
    const value = Buffer.from('card 4111')
    logger.info({ value, record: { value, headers: [['h', value]] }, all: new Map([['a', value]]) }, 'x')
    expect(lines.join('')).not.toContain('4111')
    expect(lines.join('')).toContain('<9 bytes>')
  })

  it.each([
    ['a short key', 'C-42', 'C-42'],
    ['no key', null, null],
    ['control characters', 'a\nb\u2028', 'a\\u000ab\\u2028'],
    ['letters of any script', 'Zoë 東', 'Zoë 東'],
    ['bytes', Buffer.from([0x41, 0x00, 0xff]), 'A\\x00\\xff'],
    ['a key that is exactly 64 bytes', 'k'.repeat(64), 'k'.repeat(64)],
    ['a longer key', 'k'.repeat(65), `${'k'.repeat(64)}…`],
    ['a longer key of bytes', Buffer.alloc(1000, 0xff), `${'\\xff'.repeat(16)}…`],
    ['an object', { id: 7 }, '{"id":7}'],
    ['a bigint', 7n, '<bigint>'],
  ])('write %s short and escaped', (_kind, key, shown) => {
    const { logger, last } = setup()
    logger.info({ key }, 'x')
    expect(last()['key']).toBe(shown)
  })

  it('never write more than 64 bytes of a key, whatever it is', () => {
    const { logger, last } = setup()
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 })), (key) => {
        logger.info({ key }, 'x')
        expect(Buffer.byteLength(String(last()['key']).replace(/…$/, ''))).toBeLessThanOrEqual(64)
      }),
    )
  })

  it('leave keys out where they are switched off, in children too', () => {
    const { logger, last } = setup({ key: false })
    logger.child({ key: 'C-1' }).info({ key: 'C-42', id: 1 }, 'x')
    expect(last()).not.toHaveProperty('key')
    expect(last()).toHaveProperty('id', 1)
  })
})

describe('errors', () => {
  it('show type, code, message, why, what to do and the whole chain of causes', () => {
    const { logger, last } = setup()
    const socket = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED', errno: -111 })
    const cause = new AggregateError([socket], 'all addresses failed')
    const err = fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'b:9092', tries: 3 }, { cause })
    logger.error({ err }, 'no broker')
    expect(last()['err']).toMatchObject({
      type: 'MillraceError',
      code: 'MILLRACE_DRIVER_UNREACHABLE',
      message: 'No Kafka broker answered at b:9092 after 3 tries.',
      why: expect.stringContaining('nothing was read'),
      todo: expect.stringContaining('Check KAFKA_BROKERS'),
      cause: { type: 'AggregateError', errors: [{ code: 'ECONNREFUSED', message: 'connect refused' }] },
    })
    expect(last()).not.toHaveProperty('err.cause.stack')
  })

  const thrown = new Error('the pool is closed')
  const problems = [{ where: 'option "timeout"', problem: 'is wrong', fix: "write '10s'" }]
  it.each([
    ['of an unknown one', thrown, 'Error: the pool is closed\n'],
    ['of a defect', fail('MILLRACE_LEDGER_UNBALANCED', { partition: 't[0]', received: 2, accounted: 1 }), '2 records'],
    [
      "of the user's own error where ours only reports it",
      fail('MILLRACE_HOOK_FAILED', { hook: 'onStart', index: 0 }, { cause: thrown }),
      'Error: the pool is closed\n',
    ],
    ['of a report without a cause', fail('MILLRACE_HOOK_FAILED', { hook: 'onStart', index: 0 }), 'onStart'],
  ])('have the stack %s', (_which, err, shown) => {
    const { logger, last } = setup()
    logger.error({ err }, 'x')
    expect(last()).toHaveProperty('err.stack', expect.stringContaining(shown))
    expect(last()).toHaveProperty('err.stack', expect.stringContaining('create-logger.test.ts'))
  })

  it.each([
    fail('MILLRACE_PLAN_INVALID', { problems }),
    fail('MILLRACE_OPTIONS_INVALID', { problems }),
    fail('MILLRACE_CONFIG_INVALID', { problems }),
    fail('MILLRACE_TOPICS_INVALID', { problems }),
    fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'b:9092', tries: 3 }, { cause: thrown }),
    fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'topic t', reason: 'no' }),
  ])('have no stack that says once more what was refused: $code', (err) => {
    const { logger, last } = setup()
    logger.error({ err }, err.message)
    expect(last()).toMatchObject({ msg: err.message, err: { code: err.code, why: err.why, todo: err.todo } })
    expect(last()).not.toHaveProperty('err.stack')
  })

  it.each([
    ['a circular chain', circular],
    ['one whose getters throw', hostile],
    ['a frozen one', () => Object.freeze(new Error('cold'))],
  ])('survive %s', (_kind, make) => {
    const { logger, last } = setup()
    logger.error({ err: make() }, 'x')
    expect(last()).toHaveProperty('err.type')
  })

  it('show what was thrown as a cause without being an error', () => {
    const { logger, last } = setup()
    logger.error({ err: new Error('outer', { cause: { status: 503 } }) }, 'x')
    expect(last()).toHaveProperty('err.cause.message', '{ status: 503 }')
  })

  it('are cut to a bounded length', () => {
    const { logger, lines } = setup()
    logger.error({ err: new Error('x'.repeat(1_000_000)) }, 'y'.repeat(1_000_000))
    expect(lines.join('').length).toBeLessThan(40_000)
  })

  it('have their control characters escaped, so that a terminal shows them', () => {
    const { logger, last } = setup()
    logger.error({ err: new Error('\u001b[2Jgone\u2028') }, 'red \u001b[31m alert')
    expect(last()).toHaveProperty('err.message', '\\u001b[2Jgone\\u2028')
    expect(last()).toHaveProperty('msg', 'red \\u001b[31m alert')
  })
})

function circular(): Error {
  const error = new Error('round')
  error.cause = error
  return error
}

function hostile(): Error {
  const error = new Error('x')
  for (const name of ['message', 'name', 'code', 'cause', 'stack']) {
    Object.defineProperty(error, name, {
      get: () => {
        throw new Error('no')
      },
    })
  }
  return error
}

describe('secrets', () => {
  it.each([
    'login failed: password=hunter2',
    'config {"password":"hunter2","user":"x"}',
    "config { password: 'hunter2 and more hunter2' }",
    'Authorization: Bearer hunter2',
    'authorization=Basic hunter2',
    'KAFKA_SASL_PASSWORD=hunter2',
    'sasl.jaas.config = hunter2',
    'refresh_token: hunter2',
    'connect to kafka://user:hunter2@broker:9092',
  ])('are cut out of messages, causes and stacks: %s', (text) => {
    const { logger, lines } = setup()
    logger.error({ err: new Error(text, { cause: new Error(text) }), note: text }, text)
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).toContain('[redacted]')
  })

  it('are cut out of fields by their name, at any depth', () => {
    const { logger, lines } = setup()
    logger.info({ saslPassword: 'hunter2', connection: { sasl: { username: 'u', pass: 'hunter2' }, token: 7 } }, 'x')
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).not.toContain('"token":7')
  })

  it.each([
    'a password is needed; user=jo at kafka://broker:9092',
    'KAFKA_SASL_PASSWORD: is not set, and SASL_SSL needs it',
    'KAFKA_SASL_USERNAME: is set, but KAFKA_SECURITY_PROTOCOL is PLAINTEXT and does not use it',
    'KAFKA_SASL_MECHANISM: "gssapi" is not a mechanism that this version speaks',
    'KafkaJSSASLAuthenticationError: SASL PLAIN authentication failed',
  ])('leave other text as it is: %s', (text) => {
    const { logger, last } = setup()
    logger.info({ note: text }, 'x')
    expect(last()['note']).toBe(text)
  })
})
