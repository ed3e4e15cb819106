import { type ErrorCode, isMillraceError, type MillraceError } from '@millrace/core'
import { inspect } from 'node:util'
import { redactText } from './redact-text.js'

const maxCauses = 8
const maxErrors = 4
const maxStack = 8192

/** An error as a log shows it. */
export interface DescribedError {
  readonly type: string
  readonly code?: string | number
  readonly message: string
  /** Of errors of the catalogue: why it happened, and what to do. */
  readonly why?: string
  readonly todo?: string
  /** Of one error only, so that no line is endless: the outermost, or the user's error that it stands for. */
  readonly stack?: string
  readonly cause?: DescribedError
  /** What an AggregateError holds: Node reports one error per address that it tried. */
  readonly errors?: readonly DescribedError[]
}

/** Anything thrown with its causes, safe to write: bounded, redacted, and whatever its getters do. */
export const describeThrown = (thrown: unknown): DescribedError => {
  const source = stackSource(thrown)
  const stack = source instanceof Error ? textOf(source, 'stack') : undefined
  return { ...describe(thrown, maxCauses), ...(stack === undefined ? {} : { stack: redactText(stack, maxStack) }) }
}

/** Refusals at start. They say what to change; a stack would say it once more, and then where millrace looked. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MILLRACE_PLAN_INVALID',
  'MILLRACE_OPTIONS_INVALID',
  'MILLRACE_CONFIG_INVALID',
  'MILLRACE_TOPICS_INVALID',
  'MILLRACE_WORKER_STATE',
  'MILLRACE_DRIVER_UNREACHABLE',
  'MILLRACE_DRIVER_UNAUTHORIZED',
  'MILLRACE_DRIVER_LACKS',
  'MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED',
  'MILLRACE_INJECT_METADATA_MISSING',
])

/** Errors that report one of the user's: its stack is the one that leads somewhere. */
const reports: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['MILLRACE_HOOK_FAILED', 'MILLRACE_INJECT_FAILED'])

function stackSource(thrown: unknown): unknown {
  if (!isMillraceError(thrown)) return thrown
  if (refusals.has(thrown.code)) return undefined
  return reports.has(thrown.code) && thrown.cause instanceof Error ? thrown.cause : thrown
}

const advice = ({ why, todo }: MillraceError) => ({ why: redactText(why), todo: redactText(todo) })

function describe(thrown: unknown, depth: number): DescribedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: redactText(shown(thrown)) }
  const code = read(thrown, 'code')
  const cause = read(thrown, 'cause')
  const errors = read(thrown, 'errors')
  return {
    type: textOf(thrown, 'name') ?? 'Error',
    ...(typeof code === 'string' ? { code: redactText(code) } : typeof code === 'number' ? { code } : {}),
    message: redactText(textOf(thrown, 'message') ?? ''),
    ...(isMillraceError(thrown) ? advice(thrown) : {}),
    ...(cause === undefined || depth <= 0 ? {} : { cause: describe(cause, depth - 1) }),
    ...(Array.isArray(errors) && depth > 0
      ? { errors: errors.slice(0, maxErrors).map((error) => describe(error, 0)) }
      : {}),
  }
}

function read(from: object, name: string): unknown {
  try {
    return Reflect.get(from, name)
  } catch {
    return undefined // a getter that throws has nothing to show
  }
}

function textOf(error: Error, name: 'name' | 'message' | 'stack'): string | undefined {
  const found = read(error, name)
  return typeof found === 'string' ? found : undefined
}

function shown(value: unknown): string {
  try {
    return typeof value === 'string' ? value : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return 'a value that can not be shown' // its own inspect throws
  }
}
