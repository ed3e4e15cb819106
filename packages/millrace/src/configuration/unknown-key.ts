import type { Problem } from '@millrace/core'
import { fileKeys, keysUnder } from './file-keys.js'
import type { FileEntry } from './parse-config-text.js'
import { suggest } from './suggest.js'

/** Told once for each group that is not known, at its first entry. */
export function unknownKey({ path, places }: FileEntry, told: Set<string>): Problem | undefined {
  const depth = path.findIndex((name, index) => !keysUnder(path.slice(0, index).join('.')).includes(name))
  const above = depth < 0 ? path : path.slice(0, depth)
  const wrong = depth < 0 ? path : path.slice(0, depth + 1)
  const name = wrong.join('.')
  if (told.has(name)) return undefined
  told.add(name)
  const place = places[wrong.length - 1] ?? ''
  const keys = keysUnder(above.join('.'))
  if (fileKeys.has(above.join('.')))
    return {
      where: place,
      problem: 'is no key: above it stands one value',
      fix: `write ${above.join('.')}: and its value`,
    }
  if (depth < 0) return { where: place, problem: 'has keys below it and no value', fix: `use ${keys.join(', ')}` }
  const last = wrong.at(-1) ?? ''
  const elsewhere = [...fileKeys.keys()].find((key) => key.endsWith(`.${last}`))
  const meant = suggest(last, keys)
  const full = meant === undefined ? elsewhere : [...above, meant].join('.')
  const fix = full === undefined ? `use one of ${keys.join(', ')}` : `did you mean ${full}?`
  return { where: place, problem: 'is not a key', fix }
}
