import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import type { Module } from './read-snippets.ts'

export type PageModules = { readonly page: string; readonly modules: readonly Module[] }
export type Compiled = { readonly problems: readonly string[]; outputOf(page: string, module: Module): string }

/**
 * Type-checks all modules of all pages in one program, against the sources of the packages, and writes JavaScript that runs
 * against their build. `folder` must lie in a package that has what the snippets import.
 */
export function compileSnippets(
  pages: readonly PageModules[],
  { root, folder }: { root: string; folder: string },
): Compiled {
  rmSync(folder, { recursive: true, force: true })
  const directory = (page: string): string => page.replace(/\.md$/, '')
  const sources = new Map<string, string>()
  for (const { page, modules } of pages) {
    mkdirSync(join(folder, 'ts', directory(page)), { recursive: true })
    for (const { file, source } of modules) {
      const path = join(folder, 'ts', directory(page), file)
      // A block without imports and exports is still a module of its own.
      writeFileSync(path, `${source}\nexport {}\n`)
      sources.set(path, page)
    }
  }
  const program = ts.createProgram([...sources.keys()], optionsFor(root, folder))
  const problems = ts.getPreEmitDiagnostics(program).map((diagnostic) => inWords(diagnostic, sources, root))
  if (problems.length === 0) for (const path of sources.keys()) program.emit(program.getSourceFile(path))
  return {
    problems,
    outputOf: (page, { file }) =>
      join(folder, 'js', relative(root, join(folder, 'ts', directory(page), file.replace(/\.ts$/, '.js')))),
  }
}

function optionsFor(root: string, folder: string): ts.CompilerOptions {
  const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, root)
  return {
    ...options,
    customConditions: ['@millrace/source'],
    // A page may show a declaration that only its next paragraph uses.
    noUnusedLocals: false,
    noUnusedParameters: false,
    declaration: false,
    declarationMap: false,
    typeRoots: [join(root, 'node_modules/@types')],
    // The packages' own sources are part of the program, so its root is the repository; only snippets are written.
    rootDir: root,
    outDir: join(folder, 'js'),
  }
}

function inWords(diagnostic: ts.Diagnostic, pages: ReadonlyMap<string, string>, root: string): string {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')
  const { file, start = 0 } = diagnostic
  if (file === undefined) return text
  const line = file.getLineAndCharacterOfPosition(start).line + 1
  return `${pages.get(file.fileName) ?? relative(root, file.fileName)}:${line}: ${text}`
}
