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
  /** Of the outermost error only. */
  readonly stack?: string
  readonly cause?: DescribedError
  /** What an AggregateError holds: Node reports one error per address that it tried. */
  readonly errors?: readonly DescribedError[]
}

/** Anything thrown with its causes, safe to write: bounded, redacted, and whatever its getters do. */
export const describeThrown = (thrown: unknown): DescribedError => {
  const stack = thrown instanceof Error ? textOf(thrown, 'stack') : undefined
  return { ...describe(thrown, maxCauses), ...(stack === undefined ? {} : { stack: redactText(stack, maxStack) }) }
}

function describe(thrown: unknown, depth: number): DescribedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: redactText(shown(thrown)) }
  const code = read(thrown, 'code')
  const cause = read(thrown, 'cause')
  const errors = read(thrown, 'errors')
  return {
    type: textOf(thrown, 'name') ?? 'Error',
    ...(typeof code === 'string' ? { code: redactText(code) } : typeof code === 'number' ? { code } : {}),
    message: redactText(textOf(thrown, 'message') ?? ''),
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
