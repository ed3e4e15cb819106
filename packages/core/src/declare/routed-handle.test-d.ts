import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  allOf,
  anyOf,
  Consumer,
  fieldIs,
  Handle,
  handle,
  type HandleOptions,
  headerIs,
  json,
  otherwise,
  topic,
  Transform,
  transform,
  utf8,
} from '../index.js'

const Placed = z.object({ kind: z.literal('placed'), orderId: z.string() })
const Paid = z.object({ kind: z.literal('paid'), amount: z.number() })
const Failed = z.object({ kind: z.literal('failed'), final: z.boolean() })
type Placed = z.output<typeof Placed>
type Paid = z.output<typeof Paid>
type Failed = z.output<typeof Failed>

const Events = topic('events.v1', { key: utf8, value: json(z.discriminatedUnion('kind', [Placed, Paid, Failed])) })
const Compacted = topic('events.v2', { key: utf8, value: json(z.union([Placed, Paid])), tombstones: true })
const Untyped = topic('events.v3', { key: utf8, value: json() })
const Wide = topic('events.v4', {
  key: utf8,
  value: json(z.object({ kind: z.string(), version: z.number().optional() })),
})
const Texts = topic('texts.v1', { key: utf8, value: utf8 })

const nothing = (): void => {}
const deadLetter = true

@Consumer({ group: 'right' })
class Right {
  @Handle(Events, { deadLetter, when: fieldIs('kind', 'placed') })
  placed(_event: Placed): void {}

  @Handle(Events, { deadLetter, when: headerIs('event-type', 'order.*') })
  byHeader(_event: Placed | Paid | Failed): void {}

  @Handle(Events, { deadLetter, when: otherwise })
  rest(_event: Placed | Paid | Failed): void {}

  @Transform(Events, { deadLetter, to: Texts, when: fieldIs('kind', 'paid', 'failed') })
  made(event: Paid | Failed) {
    return { key: event.kind, value: 'made' }
  }
}

class Wrong {
  // @ts-expect-error the field says that it is something else
  @Handle(Events, { deadLetter, when: fieldIs('kind', 'paid') })
  placed(_event: Placed): void {}

  // @ts-expect-error a header says nothing about the type
  @Handle(Events, { deadLetter, when: headerIs('event-type', 'placed') })
  byHeader(_event: Placed): void {}

  // @ts-expect-error the rest may be anything
  @Handle(Events, { deadLetter, when: otherwise })
  rest(_event: Placed): void {}

  // @ts-expect-error the field says that it is something else
  @Transform(Events, { deadLetter, to: Texts, when: fieldIs('kind', 'paid') })
  made(_event: Placed): void {}
}

describe('the message of a handler with a condition', () => {
  it('has the members of the union that its field leaves', () => {
    handle(Events, { when: fieldIs('kind', 'placed') }, (event) => expectTypeOf(event).toEqualTypeOf<Placed>())
    handle(Events, { when: fieldIs('kind', 'paid', 'failed') }, (event) => {
      expectTypeOf(event).toEqualTypeOf<Paid | Failed>()
    })
    handle(Events, { when: anyOf(fieldIs('kind', 'placed'), fieldIs('final', true)) }, (event) => {
      expectTypeOf(event).toEqualTypeOf<Placed | Failed>()
    })
    handle(
      Events,
      { when: allOf(headerIs('v', '1'), fieldIs('kind', 'paid', 'failed'), fieldIs('amount', 1)) },
      (event) => {
        expectTypeOf(event).toEqualTypeOf<Paid>()
      },
    )
    transform(Events, { to: Texts, when: fieldIs('kind', 'placed') }, (event) => {
      expectTypeOf(event).toEqualTypeOf<Placed>()
    })
  })

  it('is what the topic says for headers, for the rest and without a condition', () => {
    handle(Events, { when: headerIs('a', 'b') }, (event) => expectTypeOf(event).toEqualTypeOf<Placed | Paid | Failed>())
    handle(Events, { when: otherwise }, (event) => expectTypeOf(event).toEqualTypeOf<Placed | Paid | Failed>())
    handle(Events, {}, (event) => expectTypeOf(event).toEqualTypeOf<Placed | Paid | Failed>())
    const options: HandleOptions = { when: headerIs('a', 'b') }
    handle(Events, options, (event) => expectTypeOf(event).toEqualTypeOf<Placed | Paid | Failed>())
  })

  it('is no tombstone where a field decides', () => {
    handle(Compacted, { when: fieldIs('kind', 'placed') }, (event) => expectTypeOf(event).toEqualTypeOf<Placed>())
    handle(Compacted, { when: headerIs('a', 'b') }, (event) =>
      expectTypeOf(event).toEqualTypeOf<Placed | Paid | null>(),
    )
  })

  it('stays as it is where its type knows no more', () => {
    handle(Untyped, { when: fieldIs('kind', 'placed') }, (event) => expectTypeOf(event).toEqualTypeOf<unknown>())
    handle(Wide, { when: fieldIs('kind', 'placed') }, (event) => {
      expectTypeOf(event).toEqualTypeOf<{ kind: string; version?: number | undefined }>()
    })
    handle(Wide, { when: fieldIs('version', 2) }, (event) =>
      expectTypeOf(event.version).toEqualTypeOf<number | undefined>(),
    )
  })
})

describe('a condition', () => {
  it('that no message of the topic can meet does not compile', () => {
    // @ts-expect-error a misspelt value
    handle(Events, { when: fieldIs('kind', 'plaecd') }, nothing)
    // @ts-expect-error a misspelt field
    handle(Events, { when: fieldIs('knid', 'placed') }, nothing)
    // @ts-expect-error members that have nothing in common
    handle(Events, { when: allOf(fieldIs('kind', 'placed'), fieldIs('kind', 'paid')) }, nothing)
    // @ts-expect-error a text has no fields
    handle(Texts, { when: fieldIs('kind', 'placed') }, nothing)
  })

  it('has at least one value, and is no bare text', () => {
    // @ts-expect-error no value
    headerIs('event-type')
    // @ts-expect-error no value
    fieldIs('kind')
    // @ts-expect-error no condition
    anyOf()
    // @ts-expect-error the rest stands for itself
    anyOf(otherwise)
    // @ts-expect-error a text is no condition
    handle(Events, { when: 'placed' }, nothing)
  })
})

it('@Handle and @Transform accept the methods of Right and none of Wrong', () => {
  expectTypeOf<keyof Right>().toEqualTypeOf<'placed' | 'byHeader' | 'rest' | 'made'>()
  expectTypeOf<Wrong>().toBeObject()
})
