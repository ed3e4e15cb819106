import { expect, it } from 'vitest'
import { createHeartbeat } from './heartbeat.js'

const setup = () => {
  let nowMs = 0
  let timers: { atMs: number; call: () => void }[] = []
  const clock = {
    now: () => nowMs,
    after(ms: number, call: () => void) {
      const timer = { atMs: nowMs + ms, call }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((one) => one !== timer)) }
    },
  }
  const beats: (() => void)[] = []
  const blocked: number[] = []
  const heartbeat = createHeartbeat({
    intervalMs: 500,
    clock,
    beat: () => new Promise((resolve) => beats.push(resolve)),
    onBlocked: (blockedMs) => blocked.push(blockedMs),
  })
  /** Runs what is due, as late as `to` says. */
  const jump = async (to: number): Promise<void> => {
    nowMs = to
    const due = timers.filter(({ atMs }) => atMs <= to)
    timers = timers.filter(({ atMs }) => atMs > to)
    for (const { call } of due) call()
    await Promise.resolve()
  }
  return { heartbeat, beats, blocked, jump, timers: () => timers.length }
}

it('beats at its interval and not twice at a time', async () => {
  const { heartbeat, beats, jump } = setup()
  heartbeat.start()
  await jump(500)
  await jump(1000)
  expect(beats.length).toBe(1)
  beats[0]?.()
  await new Promise((resolve) => setImmediate(resolve))
  await jump(1500)
  expect(beats.length).toBe(2)
})

it('reports a beat that was late by a second or more', async () => {
  const { heartbeat, blocked, jump } = setup()
  heartbeat.start()
  await jump(1499)
  await jump(2999)
  expect(blocked).toEqual([1000])
})

it('leaves no timer behind, started twice or not', () => {
  const { heartbeat, timers } = setup()
  heartbeat.start()
  heartbeat.start()
  expect(timers()).toBe(1)
  heartbeat.stop()
  expect(timers()).toBe(0)
})
