import { createRequire } from 'node:module'

/** All packages of millrace are released together, so this one's version stands for all. */
export function ownVersion(): string {
  const found: unknown = createRequire(import.meta.url)('../package.json')
  const version: unknown = typeof found === 'object' && found !== null && 'version' in found ? found.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
