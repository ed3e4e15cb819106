import { describe, expect, it } from 'vitest'
import { createEvents, type MillraceEvent } from './events.js'

const idle: MillraceEvent = { name: 'member.idle', group: 'billing' }

describe('events', () => {
  it('reach every listener, whatever one of them throws', () => {
    const told: unknown[] = []
    const heard: string[] = []
    const events = createEvents((error) => told.push(error))
    const bug = new Error('bug')
    events.onAny(() => {
      throw bug
    })
    events.on('member.idle', ({ group }) => heard.push(group))
    events.on('commit.done', () => heard.push('not this one'))
    events.emit(idle)
    expect([heard, told]).toEqual([['billing'], [bug]])
  })

  it('reach only listeners that were there when they happened', () => {
    const events = createEvents(() => undefined)
    let heard = 0
    const listenOnce = (): void => {
      const off = events.on('member.idle', () => {
        heard += 1
        off()
        if (heard < 100) listenOnce()
      })
    }
    listenOnce()
    events.emit(idle)
    expect(heard).toBe(1)
  })

  it('take the rejection of an asynchronous listener for a throw', async () => {
    const told: unknown[] = []
    const events = createEvents((error) => told.push(error))
    // oxlint-disable-next-line typescript/no-misused-promises -- what a user may write in JavaScript
    events.onAny(() => Promise.reject(new Error('exporter is down')))
    events.emit(idle)
    await Promise.resolve()
    expect(told).toMatchObject([{ message: 'exporter is down' }])
  })

  it('never throw into the pipeline, even where the report about a listener does', () => {
    const events = createEvents(() => {
      throw new Error('logger is closed')
    })
    events.onAny(() => {
      throw new Error('bug')
    })
    expect(() => events.emit(idle)).not.toThrow()
  })
})
