/** `pnpm snippets`: exits with 1 when a snippet of README.md or docs/ does not compile, or does not print what it shows. */
import { join } from 'node:path'
import { checkPages } from './check-pages.ts'

const root = join(import.meta.dirname, '../../..')
const { problems, checked, executed, unchecked } = await checkPages(root, {
  folder: join(root, 'docs/.cache/snippets'),
})

for (const problem of problems) console.error(problem)
console.log(`${checked} snippets compiled, ${executed} executed, ${unchecked} left alone, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
