import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fail } from '@millrace/core'
import { isObject } from '../internals.js'

const SUPPORTED_VERSION = '2.2.4'
const fromHere = createRequire(import.meta.url)

/** SHA-256 of every file of kafkajs whose behaviour the driver relies on, by its path in kafkajs's `src`. */
const TRUSTED_SOURCES = {
  'broker/index.js': '9cbea8898528c439c213080f99d86974460114f81b5034c49aeb593a0337ca90',
  'broker/saslAuthenticator/plain.js': '291dac5bdde12c4c0fbe6fe4a6c3f4d307b7e251b364788650042dc3a13a11ff',
  'broker/saslAuthenticator/scram256.js': 'cdbc147ee965aefd0e53db01b3b175defbf08fb8a5039899fd0fb8bd1fcf8405',
  'broker/saslAuthenticator/scram512.js': '7a7ce87c7b68ffb872115456e24fc132d6ac1f232acadd5f7b4edfdb00c395d4',
  'cluster/connectionPoolBuilder.js': '05a6be8bbf9e2bb9de56e7fc66e1f752799271ebe595575d57f244d8de198233',
  'consumer/consumerGroup.js': 'f3e461738585a8dc6574c647123a18afc732f81cdee4f9f7bb62e4aa1dffbfbb',
  'consumer/fetchManager.js': '9a07c96b6150d654ab47c3fe7f98a6ae9c3fc3fdf340ad8001d69dc25e3131d0',
  'consumer/fetcher.js': 'a9418ebe7cffdbac79408ebf176450e508420bb2cdb2ae51d79bf4ee1a244c16',
  'consumer/index.js': 'cdf5b3d7c67364b2b55a5c491225c08318054b515e079fa3aa7b7d9f4d8d19dd',
  'consumer/runner.js': 'fad3247df2e3ba483b94e014e5c5916fd72d7bdfc3b3dfccc5232b60da18306d',
  'network/connection.js': '2a993b2e74421ca6d846efd59e4ba74b11100dbe7d40d0f52ea3218e917aafdd',
  'network/connectionPool.js': 'ecba4ba6fc4f2a6e5f336b838b573dcca3f01fb39542530841d68691fe4957de',
  'network/requestQueue/index.js': 'b55986089c14f8f7bfc377922e2e65b3e4c1e7c7af2752d3b10a75dfe9e9260c',
  'protocol/encoder.js': '9977889e184a9e910e4f6098c36ec6a0ca36c183aa6ead0f24191b6aa1c9a777',
  'protocol/request.js': '2270900ca6474026c11957fe71ac586881985460ed2554db22ad8870dcaff634',
  'protocol/requests/fetch/index.js': 'b0961e16fca52023266570255c23e30cd770b3813bb5d75f879fe6b1609ea7c5',
  'protocol/requests/index.js': 'fd26a30565d7f0c14883140b7f4edadc42f34278a5f40084009b940c858ea2fd',
  'protocol/requests/produce/index.js': '789abc7e1c33a99e956f74a34f11b8de6f70be7722580a0f0dd05f67d998f45b',
} as const

export type TrustedSource = keyof typeof TRUSTED_SOURCES

/**
 * Loads one of kafkajs's own files, whose behaviour the driver relies on.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` unless it is kafkajs 2.2.4 and the file is, byte for byte, the
 * one the driver was proven with.
 */
export function loadTrustedSource(source: TrustedSource, require: NodeJS.Require = fromHere): unknown {
  const manifest: unknown = require('kafkajs/package.json')
  const version = isObject(manifest) ? String(manifest['version']) : 'unknown version'
  if (version !== SUPPORTED_VERSION) throw unsupported(version, `only ${SUPPORTED_VERSION} is`)
  const path = require.resolve(`kafkajs/src/${source}`)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== TRUSTED_SOURCES[source]) throw unsupported(version, `its ${source} was changed`)
  return require(path)
}

const unsupported = (found: string, problem: string) => fail('MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED', { found, problem })
