import { expect, test } from 'vitest'
import { createUnanswered } from './unanswered.js'

const request = (correlationId: number, apiKey = 3, clientId: string | null = 'c') => ({
  correlationId,
  request: { apiKey, version: 1, clientId },
})
const answer = (correlationId: number) => ({ correlationId, request: undefined })

test('an answer is named after its request', () => {
  const unanswered = createUnanswered(2)
  expect(unanswered.request(request(5, 8))).toMatchObject({ direction: 'request', api: 'OffsetCommit', node: 2 })
  expect(unanswered.answer(answer(5))).toEqual({
    direction: 'answer',
    api: 'OffsetCommit',
    version: 1,
    correlationId: 5,
    clientId: 'c',
    node: 2,
  })
  expect(unanswered.answer(answer(5)).api).toBe('Other')
})

test('what has no answer is forgotten with the next one that has', () => {
  const unanswered = createUnanswered(1)
  unanswered.request(request(1, 0))
  unanswered.request(request(2, 3))
  expect(unanswered.answer(answer(2)).api).toBe('Metadata')
  expect(unanswered.answer(answer(1)).api).toBe('Other')
})

test('a correlation id that comes again stands for the later request', () => {
  const unanswered = createUnanswered(1)
  unanswered.request(request(1, 0))
  unanswered.request(request(2, 3))
  unanswered.request(request(1, 12))
  expect(unanswered.answer(answer(2)).api).toBe('Metadata')
  expect(unanswered.answer(answer(1)).api).toBe('Heartbeat')
})

test('a client that is never answered takes no more memory', () => {
  const unanswered = createUnanswered(1)
  for (let id = 0; id <= 10_000; id += 1) unanswered.request(request(id))
  expect([unanswered.answer(answer(0)).api, unanswered.answer(answer(1)).api]).toEqual(['Other', 'Metadata'])
})

test('an API that is not in the table is named Other', () => {
  expect(createUnanswered(1).request(request(1, 999)).api).toBe('Other')
})
