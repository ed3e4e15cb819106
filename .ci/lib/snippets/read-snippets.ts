/**
 * TypeScript blocks of a Markdown page. The words after "ts" say what is done with a block:
 *
 *   ts                    type-checked as a module of its own
 *   ts file=orders.ts     the same, and other blocks of the page may import './orders.js'
 *   ts continues          goes on in the module of the block before it
 *   ts run                executed too; a "text" block that follows is what it must print ("..." stands for anything)
 *   ts no-check: reason   left alone
 */
export type Module = {
  /** Unique on its page. */
  readonly file: string
  /** Padded with empty lines, so that its line numbers are those of the page. */
  readonly source: string
  readonly line: number
  readonly run: boolean
  readonly prints: string | undefined
}
export type Page = {
  readonly modules: readonly Module[]
  readonly unchecked: number
  readonly problems: readonly string[]
}

type Block = {
  readonly language: string
  readonly info: string
  readonly line: number
  readonly lines: readonly string[]
}
type Draft = { file: string; lines: string[]; line: number; run: boolean; prints: string | undefined }

const otherSpellings = ['typescript', 'javascript', 'js', 'tsx', 'mts', 'mjs']

export function readSnippets(markdown: string): Page {
  const drafts: Draft[] = []
  const problems: string[] = []
  let unchecked = 0
  let justBefore: Draft | undefined

  for (const block of fencedBlocks(markdown)) {
    if (block.language === 'text' && justBefore?.run === true) justBefore.prints ??= block.lines.join('\n')
    justBefore = undefined
    if (otherSpellings.includes(block.language)) problems.push(`${block.line}: write "ts", or the block goes unchecked`)
    if (block.language !== 'ts') continue

    const asked = readInfo(block)
    problems.push(...asked.problems)
    if (asked.noCheck) unchecked += 1
    else if (asked.continues && drafts.length === 0) problems.push(`${block.line}: there is no block to continue`)
    else justBefore = addTo(drafts, block, asked)
  }
  const names = drafts.map(({ file }) => file)
  problems.push(
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `two blocks are called ${name}`),
  )
  return { modules: drafts.map(({ lines, ...rest }) => ({ ...rest, source: lines.join('\n') })), unchecked, problems }
}

type Asked = { file?: string; run: boolean; continues: boolean; noCheck: boolean; problems: string[] }

function readInfo({ info, line }: Block): Asked {
  const asked: Asked = { run: false, continues: false, noCheck: false, problems: [] }
  if (info.startsWith('no-check')) {
    if (!/^no-check: \S/.test(info)) asked.problems.push(`${line}: "no-check: <reason>" needs its reason`)
    return { ...asked, noCheck: true }
  }
  for (const word of info.split(/\s+/).filter(Boolean)) {
    const file = /^file=([\w-]+\.ts)$/.exec(word)?.[1]
    if (file !== undefined) asked.file = file
    else if (word === 'run') asked.run = true
    else if (word === 'continues') asked.continues = true
    else asked.problems.push(`${line}: "${word}" after "ts" means nothing`)
  }
  return asked
}

function addTo(drafts: Draft[], { line, lines }: Block, { file, run, continues }: Asked): Draft {
  const last = drafts.at(-1)
  const target: Draft =
    continues && last !== undefined
      ? last
      : { file: file ?? `line-${line}.ts`, lines: [], line, run: false, prints: undefined }
  if (target !== last) drafts.push(target)
  while (target.lines.length < line) target.lines.push('')
  target.lines.push(...lines)
  target.run ||= run
  return target
}

function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { fence: string; block: { language: string; info: string; line: number; lines: string[] } } | undefined
  for (const [at, text] of markdown.split(/\r?\n/).entries()) {
    const [, fence = '', language = '', info = ''] = /^ {0,3}(`{3,})\s*([^\s`]*)\s*(.*)$/.exec(text) ?? []
    if (open !== undefined && fence.length >= open.fence.length && language === '') {
      blocks.push(open.block)
      open = undefined
    } else if (open !== undefined) open.block.lines.push(text)
    else if (fence !== '') open = { fence, block: { language, info: info.trim(), line: at + 1, lines: [] } }
  }
  return blocks
}
