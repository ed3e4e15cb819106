import { isMillraceError } from '@millrace/core'

/** Names of errors are the user's, and a user may make one per record. */
const maxTypes = 50

/** Something that names the kind of an error with few values: our code, or its class. */
export type ErrorType = (error: Error) => string

/** The first values are told apart; all further ones are `other`. */
export function createErrorType(other: string, max = maxTypes): ErrorType {
  const known = new Set<string>()
  return (error) => {
    const type = typeOf(error)
    if (known.has(type)) return type
    if (known.size >= max) return other
    known.add(type)
    return type
  }
}

function typeOf(error: Error): string {
  try {
    const type = isMillraceError(error) ? error.code : error.name
    return typeof type === 'string' && type !== '' ? type.slice(0, 100) : 'Error'
  } catch {
    return 'Error' // a getter of the user's throws
  }
}
