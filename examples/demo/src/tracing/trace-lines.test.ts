import { expect, it } from 'vitest'
import { createSpanBook } from './span-book.js'
import { traceLines } from './trace-lines.js'

const line = (service: string, fields: Record<string, unknown>) => ({
  service,
  msg: 'span',
  fields: { traceId: 't', durationMs: 2, startedAt: 1_000, attributes: {}, ...fields },
})

it('shows a trace as a tree, in the order in which its parts began', () => {
  const book = createSpanBook()
  const attempt = { 'millrace.attempt': 1, 'messaging.consumer.group.name': 'billing' }
  book.add(line('worker', { name: 'commit', spanId: 'c', parentId: 'b', startedAt: 1_020 }))
  book.add(
    line('worker', {
      name: 'process orders',
      spanId: 'b',
      parentId: 'a',
      startedAt: 1_005,
      error: 'declined',
      attributes: attempt,
    }),
  )
  book.add(line('api', { name: 'send orders', spanId: 'a', parentId: 'gone' }))
  book.add(line('api', { name: 'another', spanId: 'x', traceId: 'other' }))
  book.add({ service: 'api', msg: 'no span', fields: {} })
  expect([book.traces, book.spans]).toEqual([2, 4])
  expect(traceLines(book.spansOf('t')).map((text) => text.replaceAll(/ {2,}(?=[+\d])/g, ' '))).toEqual([
    'send orders +0 ms 2.0 ms  api',
    '  process orders #1 +5 ms 2.0 ms  worker, billing: declined',
    '    commit +20 ms 2.0 ms  worker',
  ])
})
