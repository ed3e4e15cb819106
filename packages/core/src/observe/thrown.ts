import { fail } from '../millrace-error.js'

const maxMessage = 1024

/**
 * Anything that was thrown as an Error whose texts are safe to read: strings, undefined, frozen errors, and errors whose
 * getters throw. The original is kept, as itself or as the cause.
 */
export function errorFrom(thrown: unknown): Error {
  if (!isError(thrown)) return fail('MILLRACE_HANDLER_THREW', { thrown: shortText(thrown) }, { cause: thrown })
  return readText(() => thrown.message) === undefined || readText(() => thrown.name) === undefined
    ? fail('MILLRACE_HANDLER_THREW', { thrown: 'an Error whose message can not be read' }, { cause: thrown })
    : thrown
}

/**
 * The error's class, its code where it has one, and its message on one line of at most 1,024 characters: never empty, since
 * it is what a dead letter says about its fault.
 */
export function describeError(error: Error): {
  readonly type: string
  readonly code: string | undefined
  readonly message: string
} {
  const type = readText(() => error.name) || 'Error'
  return {
    type,
    code: readText(() => ('code' in error ? error.code : undefined)) || undefined,
    message: escapeControl(readText(() => error.message) || `${type} without a message`).slice(0, maxMessage),
  }
}

/** The stack as text, whatever somebody has put there. */
export const stackOf = (error: Error): string | undefined => readText(() => error.stack)

/** `instanceof` asks a proxy for its prototype, and a revoked one throws. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    return false // described as a value that can not be shown
  }
}

/** Control characters become visible, so that a message can't forge a line of a log or a header. */
export const escapeControl = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

function shortText(thrown: unknown): string {
  const text = typeof thrown === 'string' ? JSON.stringify(thrown) : readText(() => String(thrown))
  return escapeControl((text ?? 'a value that can not be shown').slice(0, 200))
}

/** Text of a value that may resist: a throwing getter or toString gives undefined. */
function readText(read: () => unknown): string | undefined {
  try {
    const value = read()
    return value === undefined ? undefined : `${value as string}` // a template calls toString, whatever it is
  } catch {
    return undefined // the value refuses to be read; the caller has a text for that
  }
}
