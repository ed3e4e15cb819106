import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { loadTrustedSource } from './kafkajs-source.js'

const real = createRequire(import.meta.url)
const SOURCE = 'network/connectionStatus.js'

it('refuses a file that is not, byte for byte, the one that was proven', () => {
  expect(() => loadTrustedSource(SOURCE, 'another hash')).toThrow('connectionStatus.js was changed')
})

it('refuses another version of kafkajs', () => {
  const other = Object.assign(
    (id: string): unknown => (id === 'kafkajs/package.json' ? { version: '2.2.5' } : real(id)),
    real,
  )
  expect(() => loadTrustedSource(SOURCE, '', other)).toThrow('2.2.5')
})
