import type { StandardSchemaV1 } from '@standard-schema/spec'
import { escapeControl } from '../../observe/thrown.js'

const maxIssues = 5
const maxSegments = 20
const maxText = 160

/** Path and message of the first 5 issues on one line. Values of the record are left out, whatever the schema library writes. */
export function describeIssues(issues: readonly StandardSchemaV1.Issue[], value: unknown): string {
  const shown = issues.slice(0, maxIssues).map((issue) => {
    const path = issue.path?.slice(0, maxSegments).map(keyOf) ?? []
    return `${cut(pathText(path)) || '(root)'}: ${cut(withoutValue(issue.message, valueAt(value, path)))}`
  })
  const more = issues.length - shown.length
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

const keyOf = (segment: PropertyKey | StandardSchemaV1.PathSegment): PropertyKey =>
  typeof segment === 'object' ? segment.key : segment

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')

/** The value that an issue is about, read without calling a getter. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let at = root
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Object.getOwnPropertyDescriptor(at, key)?.value
  }
  return at
}

/** Some libraries quote what they received ("but received 42"). A text is replaced in quotes, a number as a whole word. */
function withoutValue(message: string, value: unknown): string {
  if (typeof value === 'string') {
    const forms = [JSON.stringify(value), `"${value}"`, `'${value}'`, ...(value.length > 3 ? [value] : [])]
    return forms.reduce((text, form) => text.replaceAll(form, () => '…'), message)
  }
  if (typeof value !== 'number') return message
  return message.replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi, (digits) => (digits === String(value) ? '…' : digits))
}

function cut(text: string): string {
  const line = escapeControl(text.length > maxText * 4 ? text.slice(0, maxText * 4) : text)
  return line.length > maxText ? `${line.slice(0, maxText - 1)}…` : line
}
