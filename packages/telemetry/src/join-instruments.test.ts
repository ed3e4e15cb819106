import type { RecordInstrument } from '@millrace/core'
import { expect, it } from 'vitest'
import { joinInstruments } from './join-instruments.js'

const handler = { name: 'h', group: 'g', topic: { name: 't' } }

it('is nothing for none, and the only one for one', () => {
  const one: RecordInstrument = {}
  expect(joinInstruments([undefined])).toBeUndefined()
  expect(joinInstruments([undefined, one])).toBe(one)
})

it('tells each of them of an attempt, and keeps the one that traces', () => {
  const heard: string[] = []
  const begin = () => expect.unreachable()
  const joined = joinInstruments([{ ran: () => heard.push('a') }, { begin }, { ran: () => heard.push('b') }])
  joined?.ran?.(handler, { kind: 'succeeded' }, 1, 1)
  expect(heard).toEqual(['a', 'b'])
  expect(joined?.begin).toBe(begin)
})
