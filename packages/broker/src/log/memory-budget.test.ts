import { expect, it } from 'vitest'
import { createMemoryBudget } from './memory-budget.js'

function setup(expired = 0) {
  let told = 0
  const budget = createMemoryBudget({
    limitBytes: 100,
    makeRoom: () => budget.release(Math.min(expired, budget.usedBytes)),
    onFull: () => (told += 1),
  })
  return { budget, told: () => told }
}

it('refuses what goes beyond the limit, and takes nothing then', () => {
  const { budget } = setup()
  expect([budget.reserve(60), budget.reserve(41), budget.reserve(40)]).toEqual([true, false, true])
  expect(budget.usedBytes).toBe(100)
})

it('asks for room before it refuses', () => {
  const { budget, told } = setup(50)
  budget.reserve(100)
  expect([budget.reserve(50), budget.usedBytes, told()]).toEqual([true, 100, 0])
})

it('tells once that it is full, and again after there was room', () => {
  const { budget, told } = setup()
  budget.reserve(100)
  budget.reserve(1)
  budget.reserve(1)
  expect(told()).toBe(1)
  budget.release(1)
  budget.reserve(2)
  expect(told()).toBe(2)
})

it('takes what cannot be refused', () => {
  const { budget } = setup()
  budget.take(150)
  expect([budget.usedBytes, budget.reserve(1)]).toEqual([150, false])
})
