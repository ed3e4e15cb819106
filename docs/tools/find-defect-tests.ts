/** The tests of one defect in one file, by their names. */
export interface DefectTests {
  readonly k: number
  /** From the root of the repository. */
  readonly file: string
  readonly red: readonly string[]
  readonly green: readonly string[]
}

export interface FoundTests {
  readonly defects: readonly DefectTests[]
  /** Names of guards that some red test leaves out. */
  readonly leftOut: ReadonlySet<string>
}

const TITLE = /(?:\(\s*|\bconst what = )(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g
const DEFECT = /^K(\d+): /
const RED = /^red (?:on bare kafkajs|without ([\w-]+)): /

/**
 * Reads the names of tests out of a source: `describe('K<n>: ...')` opens a defect, and `red ...: ` and `green: ` below it are
 * its tests, in `describe.skip`, `test.each` and any other form that has its title as its first argument, or in a `what` of its own
 * where the line would be too long.
 */
export function findDefectTests(file: string, source: string): FoundTests {
  const found: { k: number; file: string; red: string[]; green: string[] }[] = []
  const leftOut = new Set<string>()
  for (const [, single, double, template] of source.matchAll(TITLE)) {
    const title = (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1')
    const k = DEFECT.exec(title)?.[1]
    if (k !== undefined) found.push({ k: Number(k), file, red: [], green: [] })
    const red = RED.exec(title)
    if (red !== null) {
      if (red[1] !== undefined) leftOut.add(red[1])
      found.at(-1)?.red.push(withoutHoles(title.slice('red '.length)))
    } else if (title.startsWith('green: ')) found.at(-1)?.green.push(withoutHoles(title.slice('green: '.length)))
  }
  return { defects: found, leftOut }
}

/** A row of `test.each` fills these in. */
const withoutHoles = (title: string): string => title.replaceAll(/%[sdifjo]|\$\{[^}]*\}|\$[a-zA-Z.]+/g, '…')
