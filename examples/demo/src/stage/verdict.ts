import type { Ending } from './services.js'

/** One line of the table at the end. */
export interface Verdict {
  readonly what: string
  readonly found: number
  readonly note: string
  /** What should have been there; undefined when all is well. */
  readonly problem: string | undefined
}

const mostTold = 5

/** Each check is whether something is wrong, and what. */
export function verdict(
  what: string,
  found: number,
  note: string,
  checks: readonly (readonly [boolean, string])[],
): Verdict {
  const problems = checks.flatMap(([isWrong, problem]) => (isWrong ? [problem] : []))
  return { what, found, note, problem: problems.length === 0 ? undefined : problems.join('; ') }
}

/** One check of something that names every fault that it finds. */
export const faultless = (faults: readonly { readonly text: string }[]): readonly [boolean, string] => {
  const told = faults.slice(0, mostTold).map(({ text }) => text)
  const more = faults.length > mostTold ? [`and ${faults.length - mostTold} more`] : []
  return [faults.length > 0, [...told, ...more].join('; ')]
}

export function lagVerdict(lags: ReadonlyMap<string, bigint>): Verdict {
  const lag = [...lags.values()].reduce((sum, one) => sum + one, 0n)
  return verdict('lag', Number(lag), `over ${lags.size} groups: ${[...lags.keys()].map(ownName).join(', ')}`, [
    [lag !== 0n, 'every group should have reached the end'],
  ])
}

export const conservation = (unaccounted: number): Verdict =>
  verdict('conservation', unaccounted, 'records unaccounted for: received = settled + in flight holds', [
    [unaccounted !== 0, 'received records are missing in the ledger'],
  ])

export const endingVerdicts = (endings: readonly Ending[]): readonly Verdict[] =>
  endings.map(({ name, how }) =>
    verdict(`${name} ends`, Number(how), 'exit code after SIGTERM: drained, committed, flushed', [
      [how !== 0, `it ended by ${how}`],
    ]),
  )

/** Without the prefix that groups have on somebody else's cluster. */
const ownName = (group: string): string => group.split('.').at(-1) ?? group
