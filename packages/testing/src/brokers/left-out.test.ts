import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { collectLeftOut, noteLeftOut } from './left-out.js'

test('what was left out is told by need, each file once, in order', () => {
  const leftOut = collectLeftOut()
  onTestFinished(() => leftOut.remove())
  expect(leftOut.lines()).toEqual([])
  noteLeftOut(leftOut.notes, 'quotas', '/somewhere/under-fire.integration.ts')
  noteLeftOut(leftOut.notes, 'security', '/somewhere/k36.integration.ts')
  noteLeftOut(leftOut.notes, 'security', '/somewhere/credentials.integration.ts')
  noteLeftOut(leftOut.notes, 'security', '/somewhere/credentials.integration.ts')
  expect(leftOut.lines()).toEqual([
    'TLS, SASL or permissions: credentials.integration.ts, k36.integration.ts',
    'quotas: under-fire.integration.ts',
  ])
})

test('nothing of it stays', () => {
  const leftOut = collectLeftOut()
  noteLeftOut(leftOut.notes, 'quotas', 'a.integration.ts')
  leftOut.remove()
  expect(existsSync(leftOut.notes)).toBe(false)
})
