import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileSnippets } from './compile-snippets.ts'
import { readSnippets } from './read-snippets.ts'
import { runSnippet } from './run-snippet.ts'

export type Checked = {
  readonly problems: readonly string[]
  readonly checked: number
  readonly executed: number
  readonly unchecked: number
}

/** Compiles every snippet of README.md and docs/*.md below `root`, and executes those that say so. */
export async function checkPages(root: string, { folder }: { folder: string }): Promise<Checked> {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const names = ['README.md', ...docs.toSorted((a, b) => a.localeCompare(b)).map((name) => `docs/${name}`)]
  const pages = names.map((page) => ({ page, ...readSnippets(readFileSync(join(root, page), 'utf8')) }))
  const problems = pages.flatMap(({ page, problems: found }) => found.map((problem) => `${page}:${problem}`))

  // A checker that finds nothing to check has lost its subject, and must not report success.
  if (pages[0]?.modules.length === 0) problems.push('README.md: no TypeScript snippet was found')
  if (pages.slice(1).every(({ modules }) => modules.length === 0))
    problems.push('docs: no TypeScript snippet was found')

  const compiled = compileSnippets(pages, { root, folder })
  problems.push(...compiled.problems)
  const runnable = pages.flatMap(({ page, modules }) =>
    modules.filter(({ run }) => run).map((module) => ({ page, module })),
  )
  if (problems.length === 0) {
    for (const { page, module } of runnable) {
      const wrong = await runSnippet(compiled.outputOf(page, module), module.prints)
      if (wrong !== undefined) problems.push(`${page}:${module.line}: the snippet ${wrong}`)
    }
  }
  return {
    problems,
    checked: pages.reduce((sum, { modules }) => sum + modules.length, 0),
    executed: problems.length === 0 ? runnable.length : 0,
    unchecked: pages.reduce((sum, page) => sum + page.unchecked, 0),
  }
}
