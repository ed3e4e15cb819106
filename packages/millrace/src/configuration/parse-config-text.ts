import { createRequire } from 'node:module'
import type { Problem } from '@millrace/core'
import type * as Yaml from 'yaml'

/** One value of the file, as it was written, with the place where its key stands. */
export interface FileEntry {
  readonly path: readonly string[]
  /** A scalar, a list of scalars, or undefined for an empty group. */
  readonly value: unknown
  /** The characters that were written, for values that are text whatever they look like: `0123` is no number in a password. */
  readonly text: string
  /** `file:line:column key`, of the groups around it first. */
  readonly places: readonly string[]
}

export const placeOf = ({ places }: FileEntry): string => places.at(-1) ?? ''

export interface ParsedText {
  readonly entries: readonly FileEntry[]
  readonly problems: readonly Problem[]
}

/** Far more than any configuration needs, and no more than a start can afford. */
const maxLength = 1_000_000

/**
 * Reads JSON or YAML into its values. Problems name the place and the kind of fault, never the text: parsers quote what they
 * stumble over, and that may be a password.
 */
export function parseConfigText(text: string, file: string): ParsedText {
  if (text.length > maxLength) return broken(file, `is longer than ${maxLength} characters`, 'point to the config file')
  const yaml = loadYaml()
  if (yaml === undefined) {
    return broken(
      file,
      'needs the package yaml, which can not be loaded',
      'keep it external to a bundle, and install it',
    )
  }
  const notJson = file.endsWith('.json') ? faultInJson(text, file) : undefined
  if (notJson !== undefined) return { entries: [], problems: [notJson] }

  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = document.errors.map(({ code, pos }) => {
    const { line, col } = lines.linePos(pos[0])
    return {
      where: `${file}:${line}:${col}`,
      problem: `can't be read (${code})`,
      fix: 'correct the file at this place',
    }
  })
  if (problems.length > 0) return { entries: [], problems }
  if (document.contents === null || (yaml.isScalar(document.contents) && document.contents.value === null))
    return { entries: [], problems: [] }
  if (!yaml.isMap(document.contents)) return broken(file, 'holds no keys', 'write keys and values, such as kafka: ...')
  return collect(yaml, document.contents, { file, lines })
}

function collect(
  yaml: typeof Yaml,
  top: Yaml.YAMLMap,
  { file, lines }: { file: string; lines: Yaml.LineCounter },
): ParsedText {
  const entries: FileEntry[] = []
  const problems: Problem[] = []
  const walk = (map: Yaml.YAMLMap, above: readonly string[], around: readonly string[]): void => {
    for (const { key, value } of map.items) {
      const place = lines.linePos((yaml.isNode(key) ? key.range?.[0] : undefined) ?? 0)
      const name = yaml.isScalar(key) ? String(key.value) : ''
      const path = [...above, name]
      const where = `${file}:${place.line}:${place.col} ${path.join('.')}`
      const places = [...around, where]
      if (yaml.isAlias(value) || name === '<<') {
        problems.push({ where, problem: 'refers to another place', fix: 'write the value itself' })
      } else if (yaml.isMap(value) && value.items.length > 0) walk(value, path, places)
      else if (yaml.isScalar(value)) entries.push({ path, value: value.value, text: textOf(value), places })
      else entries.push({ path, value: listOf(yaml, value), text: '', places })
    }
  }
  walk(top, [], [])
  return { entries, problems }
}

const textOf = ({ value, source }: Yaml.Scalar): string =>
  typeof value === 'string' ? value : (source ?? String(value))

const listOf = (yaml: typeof Yaml, node: unknown): readonly string[] | undefined =>
  yaml.isSeq(node) ? node.items.map((item) => (yaml.isScalar(item) ? textOf(item) : '')) : undefined

/** YAML reads more than JSON. In a file that says it is JSON only JSON passes, so that other tools can read it too. */
function faultInJson(text: string, file: string): Problem | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    // The message is not passed on: it quotes the text. Node has the position in it and nowhere else.
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const before = at === undefined ? undefined : text.slice(0, Number(at)).split('\n')
    const where = before === undefined ? file : `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
    return { where, problem: 'is not JSON', fix: 'correct the file at this place, or call it .yaml' }
  }
}

const broken = (where: string, problem: string, fix: string): ParsedText => ({
  entries: [],
  problems: [{ where, problem, fix }],
})

/** Loaded where there is a file, and only there; synchronously, because making a worker is. */
function loadYaml(): typeof Yaml | undefined {
  try {
    const yaml: typeof Yaml = createRequire(import.meta.url)('yaml')
    return yaml
  } catch {
    return undefined // whoever asked tells what is missing
  }
}
