import { isMillraceError } from '@millrace/core'

export const codeOf = (error: unknown): string => (isMillraceError(error) ? error.code : String(error))
