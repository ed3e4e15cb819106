import { expect, test } from 'vitest'
import { uniqueName } from './unique-name.js'

test('a name starts with its prefix, is legal for Kafka and never comes twice', () => {
  const names = Array.from({ length: 1000 }, () => uniqueName('orders.v1'))
  expect(new Set(names).size).toBe(1000)
  for (const name of names) expect(name).toMatch(/^orders\.v1-[a-z0-9]{12}$/)
})
