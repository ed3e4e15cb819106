import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkPages } from './check-pages.ts'
import { readSnippets } from './read-snippets.ts'
import { matches } from './run-snippet.ts'

const block = (info: string, ...lines: string[]): string => ['```' + info, ...lines, '```', ''].join('\n')

describe('readSnippets', () => {
  it('keeps the line numbers of the page', () => {
    const { modules } = readSnippets(`# Title\n\n${block('ts', 'const a = 1')}`)
    expect(modules).toEqual([
      { file: 'line-3.ts', source: '\n\n\nconst a = 1', line: 3, run: false, prints: undefined },
    ])
  })
  it('goes on in the block before, other languages in between or not', () => {
    const { modules } = readSnippets(
      block('ts', 'const a = 1') + block('sh', 'ls') + block('ts continues run', 'log(a)'),
    )
    expect(modules).toHaveLength(1)
    expect(modules[0]).toMatchObject({ run: true, source: '\nconst a = 1\n\n\n\n\n\nlog(a)' })
  })
  it('takes the text block that follows as the output of a block that runs', () => {
    const page = block('ts run file=a.ts', 'a') + block('text', 'one', 'two') + block('ts', 'b') + block('text', 'no')
    expect(readSnippets(page).modules.map(({ file, prints }) => [file, prints])).toEqual([
      ['a.ts', 'one\ntwo'],
      ['line-8.ts', undefined],
    ])
  })
  it('leaves blocks with a reason alone, and reads nothing inside a longer fence', () => {
    const page = `${block('ts no-check: the API of a later version', 'x')}\`\`\`\`md\n${block('ts', 'y')}\`\`\`\`\n`
    expect(readSnippets(page)).toEqual({ modules: [], unchecked: 1, problems: [] })
  })
  it.each([
    ['a misspelt word', block('ts rnu', 'a'), '1: "rnu" after "ts" means nothing'],
    ['another name of the language', block('typescript', 'a'), '1: write "ts", or the block goes unchecked'],
    ['no reason', block('ts no-check', 'a'), '1: "no-check: <reason>" needs its reason'],
    ['nothing to continue', block('ts continues', 'a'), '1: there is no block to continue'],
    ['one name twice', block('ts file=a.ts', 'a') + block('ts file=a.ts', 'b'), 'two blocks are called a.ts'],
  ])('reports %s', (_what, page, problem) => expect(readSnippets(page).problems).toEqual([problem]))
})

describe('matches', () => {
  it.each([
    ['a\nb\n', 'a\nb', true],
    ['a  \nb', 'a\nb', true],
    ['a\nb', 'a', false],
    ['took 12 ms.', 'took ... ms.', true],
    ['first\n1\n2\nlast', 'first\n...\nlast', true],
    ['axb', 'a.b', false],
  ])('%j against %j is %s', (printed, shown, expected) => expect(matches(printed, shown)).toBe(expected))
})

describe('checkPages', () => {
  const roots: string[] = []
  afterEach(() => {
    for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
  })

  /** A repository with two pages. The second one is right, so that only the README decides. */
  function check(readme: string, guide = block('ts', 'export const right: number = 1')) {
    const root = mkdtempSync(join(tmpdir(), 'millrace-snippets-'))
    roots.push(root)
    mkdirSync(join(root, 'docs'))
    symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(root, 'node_modules'))
    const compilerOptions = { strict: true, module: 'NodeNext', target: 'ES2023', types: ['node'], skipLibCheck: true }
    writeFileSync(join(root, 'tsconfig.base.json'), JSON.stringify({ compilerOptions }))
    writeFileSync(join(root, 'docs/package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(root, 'README.md'), readme)
    writeFileSync(join(root, 'docs/guide.md'), guide)
    return checkPages(root, { folder: join(root, 'docs/.cache') })
  }

  it('compiles blocks that import each other, and compares what they print', async () => {
    const page =
      block('ts file=orders.ts', "export const orders = ['ORD-1']") +
      block('ts run', "import { orders } from './orders.js'", 'console.log(orders.length)') +
      block('text', '1')
    await expect(check(page)).resolves.toEqual({ problems: [], checked: 3, executed: 1, unchecked: 0 })
  })
  it.each([
    ['a wrong type', block('ts', 'export const a: string = 1'), /^README\.md:2: Type 'number' is not assignable/],
    ['an unknown import', block('ts', "import 'no-such-package-here'"), /^README\.md:2: /],
    ['another output', block('ts run', 'console.log(2)') + block('text', '1'), /^README\.md:1: the snippet printed/],
    [
      'a throw',
      block('ts run', "throw new Error('no')"),
      /^README\.md:1: the snippet ended with code 1: [^]*README.md|Error: no/,
    ],
    ['no snippet at all', '# Title\n', /^README\.md: no TypeScript snippet/],
  ])('fails on %s', async (_what, page, problem) => {
    const { problems } = await check(page)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(problem)
  })
  it('fails when the docs hold no snippet', async () => {
    const { problems } = await check(block('ts', 'export const a = 1'), '# Guide\n')
    expect(problems).toEqual(['docs: no TypeScript snippet was found'])
  })
}, 60_000)
