import type { ErrorCode } from '../errors.js'
import { isMillraceError } from '../millrace-error.js'

/** After these a new member would not do: it would throw out the one that took over, or stand beside one that keeps its partitions. */
const finalDeaths: readonly ErrorCode[] = ['MILLRACE_DRIVER_INSTANCE_FENCED', 'MILLRACE_DRIVER_LEAVE_FAILED']

export const isFinalDeath = (error: Error): boolean => finalDeaths.some((code) => isMillraceError(error, code))

export type RebuildDecision = { readonly kind: 'rebuild'; readonly delayMs: number } | { readonly kind: 'give-up' }

/**
 * What to do about a member that died: rebuild it with backoff (1 s doubling to 30 s, half of it jitter), or give up when it
 * has died more than `restarts` times within the window. Pure: moments in, decision out.
 */
export function decideRebuild(
  deathsAt: readonly number[],
  now: number,
  { restarts, restartWindowMs }: { readonly restarts: number; readonly restartWindowMs: number },
  random: () => number,
): RebuildDecision {
  const recent = deathsAt.filter((at) => now - at <= restartWindowMs).length
  if (recent > restarts) return { kind: 'give-up' }
  const ceiling = Math.min(30_000, 1_000 * 2 ** (recent - 1))
  return { kind: 'rebuild', delayMs: Math.round(ceiling / 2 + (random() * ceiling) / 2) }
}
