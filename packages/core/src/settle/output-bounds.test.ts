import { expect, it } from 'vitest'
import { OutputBounds } from './output-bounds.js'

const setup = () => new OutputBounds({ bufferedOutputs: 10, bufferedOutputBytes: 1_000 })

/** A lane that waits until there is room, and whether it has gone on. */
function lane(bounds: OutputBounds, mayGoOn = () => !bounds.isFull) {
  const over = new AbortController()
  const state = { hasGoneOn: false, over }
  void bounds.wait(mayGoOn, over.signal).then(() => (state.hasGoneOn = true))
  return state
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

it.each([
  ['outputs', 9, 0, false],
  ['outputs', 10, 0, true],
  ['bytes', 1, 999, false],
  ['bytes', 1, 1_000, true],
])('is full at its mark of %s', (_what, outputs, bytes, isFull) => {
  const bounds = setup()
  bounds.took(outputs, bytes)
  expect(bounds.isFull).toBe(isFull)
})

it('lets lanes go on when there is room again, and not before', async () => {
  const bounds = setup()
  bounds.took(12, 0)
  const waiting = lane(bounds)
  bounds.released(2, 0)
  await settle()
  expect(waiting.hasGoneOn).toBe(false)
  bounds.released(1, 0)
  await settle()
  expect(waiting.hasGoneOn).toBe(true)
})

it('lets a lane go on when its lease is over, and keeps nothing of it', async () => {
  const bounds = setup()
  bounds.took(10, 0)
  const waiting = lane(bounds)
  waiting.over.abort('revoked')
  await settle()
  expect(waiting.hasGoneOn).toBe(true)
  const asked: string[] = []
  void lane(bounds, () => asked.push('asked') < 0)
  waiting.over.abort('again')
  bounds.wake()
  expect(asked).toEqual(['asked', 'asked'])
})

it('does not let a lane wait that may go on', async () => {
  const bounds = setup()
  bounds.took(10, 0)
  expect(lane(bounds, () => true)).toMatchObject({ hasGoneOn: false })
  await settle()
  const late = lane(bounds, () => true)
  await settle()
  expect(late.hasGoneOn).toBe(true)
})

it('asks every lane again when something changes that is not room', async () => {
  const bounds = setup()
  bounds.took(10, 0)
  let isHeld = true
  const waiting = lane(bounds, () => !isHeld)
  isHeld = false
  bounds.wake()
  await settle()
  expect(waiting.hasGoneOn).toBe(true)
})
