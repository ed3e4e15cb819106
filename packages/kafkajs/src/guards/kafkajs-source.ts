import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fail } from '@millrace/core'
import { isObject } from '../internals.js'

const SUPPORTED_VERSION = '2.2.4'
const fromHere = createRequire(import.meta.url)

/**
 * Loads one of kafkajs's own files, whose behaviour a guard relies on.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` unless it is kafkajs 2.2.4 and the file is, byte for byte, the
 * one the guard was proven with.
 */
export function loadTrustedSource(source: string, sha256: string, require: NodeJS.Require = fromHere): unknown {
  const manifest: unknown = require('kafkajs/package.json')
  const version = isObject(manifest) ? String(manifest['version']) : 'unknown version'
  if (version !== SUPPORTED_VERSION) throw unsupported(version, `only ${SUPPORTED_VERSION} is`)
  const path = require.resolve(`kafkajs/src/${source}`)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== sha256) throw unsupported(version, `its ${source} was changed`)
  return require(path)
}

const unsupported = (found: string, problem: string) => fail('MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED', { found, problem })
