import { type Logger, silentLogger } from '@millrace/core'
import { KafkaJSConnectionError } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createProblems } from './problems.js'

function setup() {
  const lines: string[] = []
  const line = (_facts: object, text: string): void => void lines.push(text)
  const logger: Logger = { ...silentLogger, info: line, warn: line }
  return { problems: createProblems(logger), lines }
}

describe('problems of a sender', () => {
  it('says that sending is interrupted once, and once that it works again', () => {
    const { problems, lines } = setup()
    problems.seen(new Error('one'), 'produce to node 1', 1)
    problems.seen(new Error('two'), 'get metadata')
    expect([lines.length, problems.last?.message]).toEqual([1, 'two'])
    problems.succeeded('get metadata')
    expect([lines.length, problems.last?.message]).toEqual([1, 'one'])
    problems.answered(1, 0)
    problems.answered(1, 0)
    expect(lines).toEqual(['sending is interrupted; it is tried again', 'sending works again'])
    expect(problems.last).toBeUndefined()
  })

  it('takes the answer of one node for no news of another', () => {
    const { problems, lines } = setup()
    problems.seen(new Error('frozen'), 'produce to node 2', 2)
    problems.answered(1, 0)
    problems.seen(new Error('gone'), 'connect to node 2', 2)
    problems.answered(1, 0)
    expect([problems.at(2)?.message, problems.at(1), problems.last?.message]).toEqual(['gone', undefined, 'gone'])
    expect(lines).toEqual(['sending is interrupted; it is tried again'])
  })

  it('forgets a node that leads nothing, and says so when another one has answered', () => {
    const { problems, lines } = setup()
    problems.seen(new Error('gone'), 'connect to node 2', 2)
    problems.seen(new Error('gone too'), 'connect to node 3', 3)
    problems.keepNodes(new Set([1, 3]))
    expect([problems.at(2), problems.last?.message]).toEqual([undefined, 'gone too'])
    problems.keepNodes(new Set([1]))
    expect(lines.length).toBe(1)
    problems.answered(1, 0)
    expect(lines).toEqual(['sending is interrupted; it is tried again', 'sending works again'])
  })

  it('keeps the words of an error of kafkajs and not its class', () => {
    const { problems } = setup()
    const shown = problems.seen(new KafkaJSConnectionError('Connection timeout'), 'connect to node 1')
    expect(shown).not.toBeInstanceOf(KafkaJSConnectionError)
    expect(shown).toMatchObject({ message: 'Connection timeout', name: 'KafkaJSConnectionError' })
    expect(problems.last).toBe(shown)
  })

  it('says once per node that a quota slows it down, and once that it is over', () => {
    const { problems, lines } = setup()
    for (const throttledMs of [500, 900, 0, 0]) problems.answered(1, throttledMs)
    problems.answered(2, 100)
    expect(lines).toEqual([
      'a quota of the cluster slows sending down',
      'sending is no longer slowed down',
      'a quota of the cluster slows sending down',
    ])
  })
})
