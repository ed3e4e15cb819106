import { duration, oneOf } from '../../option-kinds.js'
import { type InputOf, option, resolveOptions } from '../../option.js'
import { retryOptions } from '../../options.js'
import { type DeclaredRetry, declareRetry } from './declared-retry.js'

/** Options of `fixed(...)`. */
export const fixedRetryOptions = {
  attempts: retryOptions.attempts,
  delay: option({
    kind: duration({ min: '1ms', max: '1h' }),
    default: '1s',
    doc: 'The wait before every further attempt.',
  }),
  jitter: option({
    kind: oneOf('full', 'none'),
    default: 'none',
    doc: 'Full jitter draws each wait between zero and `delay`.',
  }),
} as const

export type FixedRetryOptionsInput = InputOf<typeof fixedRetryOptions>

/** Retries in place after the same wait each time; there is no budget beyond `attempts`. The lane waits meanwhile. */
export function fixed(options: FixedRetryOptionsInput): DeclaredRetry {
  const { value, problems } = resolveOptions(fixedRetryOptions, options, 'fixed')
  const { attempts, delayMs, jitter } = value
  return declareRetry(attempts, problems, (_failed, random) =>
    jitter === 'full' ? Math.round(delayMs * random()) : delayMs,
  )
}
