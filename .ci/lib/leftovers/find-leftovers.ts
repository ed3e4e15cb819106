/**
 * Processes that a run left behind. Every step runs with a mark in its environment, which children inherit however they
 * detach; a process without the mark counts when it works in the checkout and was not there before.
 */
export type ProcessFact = {
  readonly pid: number
  readonly parent: number
  readonly command: string
  readonly cwd: string
  /** The value of MILLRACE_CI_RUN in its environment. */
  readonly mark: string | undefined
}
export type Question = {
  readonly mark: string
  readonly self: number
  readonly before: ReadonlySet<number>
  readonly checkout: string
  readonly cache: string
}

export function findLeftovers(
  all: readonly ProcessFact[],
  { mark, self, before, checkout, cache }: Question,
): ProcessFact[] {
  const ours = lineage(all, self)
  return all.filter((one) => {
    if (ours.has(one.pid) || before.has(one.pid)) return false
    if (one.mark !== undefined) return one.mark === mark
    const inCheckout = within(one.cwd, checkout) || one.command.includes(`${checkout}/`)
    // The cache is shared between checkouts: only an orphan in it is certainly nobody's.
    return inCheckout || (one.parent === 1 && one.command.includes(`${cache}/`))
  })
}

const within = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`)

/** The process that asks and those that started it. */
function lineage(all: readonly ProcessFact[], self: number): Set<number> {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]))
  const seen = new Set<number>()
  for (let pid: number | undefined = self; pid !== undefined && pid > 0 && !seen.has(pid); pid = parents.get(pid))
    seen.add(pid)
  return seen
}
