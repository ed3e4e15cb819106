import type { StandardSchemaV1 } from '@standard-schema/spec'
import { fail, type MillraceError } from '../../millrace-error.js'
import type { Serde, SerdeContext } from '../serde.js'
import { describeIssues } from './describe-issues.js'

/** A byte order mark is dropped: .NET writers put one, and JSON.parse refuses it. */
const decoder = new TextDecoder('utf-8', { fatal: true })

/** JSON without a schema: handlers receive `unknown` and narrow it themselves. */
export function json(): Serde<unknown>
/**
 * JSON checked by any Standard Schema (zod, valibot, arktype and others), sync or async. Handlers receive the schema's
 * output type; producers pass its input type, which is validated too and written as it was passed.
 *
 * Decoding throws `MILLRACE_DECODE_FAILED` for bytes that are not JSON or nested too deep for the schema, and
 * `MILLRACE_VALIDATE_FAILED` with at most 5 issues, never with values. Encoding throws `MILLRACE_ENCODE_FAILED`.
 * Any other error of a schema is retried like a handler's. (An async refinement of zod 4 should answer false instead of
 * rejecting: zod runs it twice and leaves the first rejection unhandled.)
 * Keys such as `__proto__` are plain properties of the parsed value and touch no prototype.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` when the argument is not a Standard Schema
 */
export function json<Schema extends StandardSchemaV1>(
  schema: Schema,
): Serde<StandardSchemaV1.InferOutput<Schema>, StandardSchemaV1.InferInput<Schema>>
export function json(schema?: StandardSchemaV1): Serde<unknown> {
  const serde: Serde<unknown> =
    schema === undefined
      ? { name: 'json', decode: parse, encode: stringify }
      : { name: 'json', decode: createDecode(checked(schema)), encode: createEncode(checked(schema)) }
  return Object.freeze(serde)
}

function checked(schema: StandardSchemaV1): StandardSchemaV1['~standard'] {
  const standard: unknown = Reflect.get(Object(schema), '~standard')
  if (typeof standard === 'object' && standard !== null && 'validate' in standard) return schema['~standard']
  const problem = 'the argument is not a Standard Schema: it has no "~standard" property'
  const fix = 'pass a schema of zod 3.24, valibot 1, arktype 2 or later, or of another library that implements it'
  throw fail('MILLRACE_OPTIONS_INVALID', { problems: [{ where: 'json(schema)', problem, fix }] })
}

type Validate = StandardSchemaV1['~standard']

function createDecode({ validate }: Validate): Serde<unknown>['decode'] {
  const outputOf = (
    result: StandardSchemaV1.Result<unknown>,
    value: unknown,
    { topic, part }: SerdeContext,
  ): unknown => {
    if (result.issues === undefined) return result.value
    const issues = `${part === 'key' ? 'in its key, ' : ''}${describeIssues(result.issues, value)}`
    throw fail('MILLRACE_VALIDATE_FAILED', { topic, issues }) // no cause: issues of some libraries hold the values
  }
  return (raw, context) => {
    const value = parse(raw, context)
    try {
      const result = validate(value)
      if (!isPromiseLike(result)) return outputOf(result, value, context)
      return Promise.resolve(result)
        .then((settled) => outputOf(settled, value, context))
        .catch((thrown: unknown) => rethrow(thrown, context))
    } catch (thrown) {
      return rethrow(thrown, context)
    }
  }
}

/** A value nested so deep that the schema overflows the stack will do so again: it is a fault of the bytes. */
function rethrow(thrown: unknown, context: SerdeContext): never {
  throw thrown instanceof RangeError ? notJson(context, { cause: thrown }) : thrown
}

function createEncode({ validate }: Validate): Serde<unknown>['encode'] {
  const accepted = (result: StandardSchemaV1.Result<unknown>, value: unknown, context: SerdeContext): Buffer => {
    if (result.issues === undefined) return stringify(value, context)
    throw notEncodable(context, `it does not match the schema: ${describeIssues(result.issues, value)}`)
  }
  return (value, context) => {
    const result = validate(value)
    return isPromiseLike(result)
      ? Promise.resolve(result).then((settled) => accepted(settled, value, context))
      : accepted(result, value, context)
  }
}

function parse(raw: Buffer, context: SerdeContext): unknown {
  try {
    return JSON.parse(decoder.decode(raw))
  } catch (thrown) {
    // A SyntaxError of JSON.parse quotes the payload, which has no place in logs and headers.
    throw notJson(context, thrown instanceof SyntaxError ? undefined : { cause: thrown })
  }
}

function stringify(value: unknown, context: SerdeContext): Buffer {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    const reason = 'JSON.stringify refuses it (circular, a bigint, too deep, or a toJSON that throws)'
    throw notEncodable(context, reason, { cause })
  }
  if (text === undefined) throw notEncodable(context, `JSON has no form for ${typeof value}`)
  return Buffer.from(text, 'utf8')
}

const notJson = ({ topic, part }: SerdeContext, options?: ErrorOptions): MillraceError =>
  fail('MILLRACE_DECODE_FAILED', { topic, part, serde: 'json' }, options)

const notEncodable = ({ topic, part }: SerdeContext, reason: string, options?: ErrorOptions): MillraceError =>
  fail('MILLRACE_ENCODE_FAILED', { topic, part, reason }, options)

const isPromiseLike = (
  result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>,
): result is Promise<StandardSchemaV1.Result<unknown>> => 'then' in result
