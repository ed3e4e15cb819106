import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isMillraceError } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { loadRequestRegistry } from './kafkajs-internals.js'

const installed = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'))
const unsupported = expect.toSatisfy((error: unknown) => isMillraceError(error, 'MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED'))
const folders: string[] = []

/** A copy of kafkajs of which something can be changed, and a `require` that finds it. */
function copyOfKafkajs() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafkajs-'))
  folders.push(folder)
  const root = join(folder, 'node_modules', 'kafkajs')
  cpSync(installed, root, { recursive: true, dereference: true })
  return { root, require: createRequire(join(folder, 'index.js')) }
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('loadRequestRegistry', () => {
  it('takes the kafkajs that is installed here', () => {
    expect(loadRequestRegistry().fetch.versions).toContain('11')
    expect(loadRequestRegistry(copyOfKafkajs().require).produce.versions).toContain('7')
  })

  it('refuses another version', () => {
    const { root, require } = copyOfKafkajs()
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'kafkajs', version: '2.2.5' }))
    expect(() => loadRequestRegistry(require)).toThrow(unsupported)
  })

  it.each([
    'broker/index.js',
    'network/connection.js',
    'protocol/requests/fetch/index.js',
    'protocol/requests/produce/index.js',
  ])('refuses a changed %s', (source) => {
    const { root, require } = copyOfKafkajs()
    appendFileSync(join(root, 'src', source), '\n')
    expect(() => loadRequestRegistry(require)).toThrow(unsupported)
  })
})
