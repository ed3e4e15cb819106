import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { loadTrustedSource } from './kafkajs-source.js'

const real = createRequire(import.meta.url)
const SOURCE = 'network/connection.js'

it('refuses a file that is not, byte for byte, the one that was proven', () => {
  const resolve = Object.assign(() => real.resolve('kafkajs/src/network/socket.js'), real.resolve)
  const other = Object.assign((id: string): unknown => real(id), real, { resolve })
  expect(() => loadTrustedSource(SOURCE, other)).toThrow('network/connection.js was changed')
})

it('refuses another version of kafkajs', () => {
  const other = Object.assign(
    (id: string): unknown => (id === 'kafkajs/package.json' ? { version: '2.2.5' } : real(id)),
    real,
  )
  expect(() => loadTrustedSource(SOURCE, other)).toThrow('2.2.5')
})
