import type { Span } from './span-book.js'

const nameColumns = 36

/** One trace as a tree: who did what, when after the beginning, for how long. */
export function traceLines(spans: readonly Span[]): readonly string[] {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const began = Math.min(...spans.map(({ startedAt }) => startedAt))
  const under = (parentId: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => (parentId === undefined ? isRoot(span, known) : span.parentId === parentId))
      .flatMap((span) => [lineOf(span, depth, began), ...under(span.spanId, depth + 1)])
  return under(undefined, 0)
}

const isRoot = ({ parentId }: Span, known: ReadonlySet<string>): boolean =>
  parentId === undefined || !known.has(parentId)

function lineOf({ name, attempt, group, service, startedAt, durationMs, error }: Span, depth: number, began: number) {
  const what = `${'  '.repeat(depth)}${name}${attempt === undefined ? '' : ` #${attempt}`}`
  const when = `+${(startedAt - began).toFixed(0)} ms`.padStart(9)
  const took = `${durationMs.toFixed(1)} ms`.padStart(9)
  const who = [service, group].filter((one) => one !== undefined).join(', ')
  return `${what.padEnd(nameColumns)}${when}${took}  ${who}${error === undefined ? '' : `: ${error}`}`
}
