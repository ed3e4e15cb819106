import { describe, expect, it, vi } from 'vitest'
import { type BrokerEvent, createBrokerEvents } from './broker-events.js'

const created: BrokerEvent = { kind: 'topic.created', topic: 'a', partitions: 1 }

describe('broker events', () => {
  it('reach every listener until it stops', () => {
    const events = createBrokerEvents()
    const heard: string[] = []
    const stopFirst = events.subscribe(() => void heard.push('first'))
    events.subscribe(() => void heard.push('second'))
    events.emit(created)
    stopFirst()
    stopFirst()
    events.emit(created)
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  it('count a function that listens twice as two', () => {
    const events = createBrokerEvents()
    let heard = 0
    const listener = (): void => void (heard += 1)
    const stop = events.subscribe(listener)
    events.subscribe(listener)
    events.emit(created)
    stop()
    events.emit(created)
    expect(heard).toBe(3)
  })

  it('reach the others when a listener throws, whose error is raised in a turn of its own', () => {
    const events = createBrokerEvents()
    const tasks: (() => void)[] = []
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void tasks.push(task))
    let heard = 0
    events.subscribe(() => {
      throw new Error('a defect of the listener')
    })
    events.subscribe(() => void (heard += 1))
    events.emit(created)
    queue.mockRestore()
    expect(heard).toBe(1)
    expect(tasks[0]).toThrow('a defect of the listener')
  })

  it('say whether anybody listens, and to requests', () => {
    const events = createBrokerEvents()
    expect([events.isWatched, events.areRequestsWatched]).toEqual([false, false])
    const stop = events.subscribe(() => {})
    expect([events.isWatched, events.areRequestsWatched]).toEqual([true, false])
    const stopRequests = events.subscribe(() => {}, { requests: true })
    expect(events.areRequestsWatched).toBe(true)
    stopRequests()
    stopRequests()
    stop()
    expect([events.isWatched, events.areRequestsWatched]).toEqual([false, false])
  })
})
