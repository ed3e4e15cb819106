import type { EventName } from '@millrace/core'
import { expectTypeOf, it } from 'vitest'
import { type LogTable, logTable } from './log-worker-events.js'

it('the table holds every event of the catalogue', () => {
  expectTypeOf<keyof typeof logTable>().toEqualTypeOf<EventName>()
  const { 'commit.done': _left, ...incomplete } = logTable
  // @ts-expect-error a table without commit.done is not a table
  const table: LogTable = incomplete
  expectTypeOf(table).toEqualTypeOf<LogTable>()
})

it('a message sees the fields of its own event', () => {
  expectTypeOf<LogTable['record.late']['message']>()
    .extract<(event: never) => string>()
    .parameter(0)
    .toHaveProperty('lateMs')
  expectTypeOf<LogTable['record.late']['message']>()
    .extract<(event: never) => string>()
    .parameter(0)
    .not.toHaveProperty('abandoned')
})
