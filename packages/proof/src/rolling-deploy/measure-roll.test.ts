import { expect, it } from 'vitest'
import { type HandledOnce, measureRoll, type Restart } from './measure-roll.js'

const run = (pod: string, partition: number, index: number, atMs: number): HandledOnce => ({
  pod,
  partition,
  index,
  atMs,
})
const restart: Restart = { pod: 'a', fromMs: 100, toMs: 200 }
const measure = (handled: readonly HandledOnce[], sent = handled.length, restarts = [restart]) =>
  measureRoll({ handled, restarts, sent, tickMs: 10 })

it('counts every change of the pod of a partition, there and back', () => {
  const there = [run('a', 0, 0, 0), run('b', 0, 1, 150), run('a', 0, 2, 210)]
  expect(measure(there)).toMatchObject({ moved: 2 })
  expect(measure([run('a', 0, 0, 0), run('b', 1, 1, 1)])).toMatchObject({ moved: 0 })
})

it('tells the stall of the pod that restarted from that of the others, beyond the pace', () => {
  const own = [run('a', 0, 0, 95), run('a', 0, 1, 185)]
  const other = [run('b', 1, 2, 98), run('b', 1, 3, 128)]
  expect(measure([...own, ...other])).toMatchObject({ stallOfRestartedMs: 80, stallOfOthersMs: 20 })
})

it('looks at restarts only, in the order of time, and never below the pace', () => {
  expect(measure([run('b', 0, 0, 10), run('b', 0, 1, 90)])).toMatchObject({ stallOfOthersMs: 0 })
  expect(measure([run('b', 0, 1, 400), run('b', 0, 0, 210)])).toMatchObject({
    stallOfOthersMs: 0,
    stallOfRestartedMs: 0,
  })
  expect(measure([run('b', 0, 1, 150), run('b', 0, 0, 145)])).toMatchObject({ stallOfOthersMs: 0 })
})

it('counts what was lost and what was handled again', () => {
  expect(measure([run('a', 0, 0, 0), run('a', 0, 0, 5), run('a', 0, 2, 9)], 3)).toMatchObject({ lost: 1, again: 1 })
})
