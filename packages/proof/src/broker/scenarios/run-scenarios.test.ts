import { startEmbeddedBroker, startWireProbe, createProbe } from '@millrace/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScenarios } from './run-scenarios.js'
import { type Scenario, scenario } from './scenario.js'
import type { BrokerOfScenarios } from './stage.js'

const closing: (() => Promise<void>)[] = []
let broker: BrokerOfScenarios

beforeAll(async () => {
  const embedded = await startEmbeddedBroker()
  const running = await startWireProbe()
  const probe = createProbe({ port: running.port, bootstrap: embedded.bootstrap })
  closing.push(
    () => embedded.stop(),
    () => running.stop(),
    () => probe.close(),
  )
  broker = { bootstrap: embedded.bootstrap, probe }
})
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

const run = async (scenarios: readonly Scenario[], limitMs = 10_000) => [
  ...(await runScenarios([{ name: 'area', scenarios }], broker, { atOnce: 4, limitMs })).values(),
]

describe('runScenarios', () => {
  it('gives each scenario its own names, and traces what it did', async () => {
    const outcomes = await run(
      ['one', 'two'].map((name) =>
        scenario(name, async (s) => {
          const topic = await s.topic()
          await s.probe.produce(topic, [{ value: name }])
          s.is(
            'stored',
            (await s.probe.read(topic)).map(({ value }) => value),
            [name],
          )
          s.trace('topic', topic)
        }),
      ),
    )
    expect(outcomes.map(({ failure }) => failure)).toEqual([undefined, undefined])
    const traces = Object.fromEntries(outcomes.map(({ name, steps }) => [name, steps.map(({ says }) => says)]))
    expect(traces).toEqual({ 'area: one': [['one'], 'area-1-orders'], 'area: two': [['two'], 'area-2-orders'] })
  })

  it('fails a scenario whose expectation does not hold, with what it had traced by then', async () => {
    const [outcome] = await run([
      scenario('wrong', (s) => {
        s.trace('before', 1)
        s.is('not so', [1, 2], [2, 1])
        return Promise.resolve()
      }),
    ])
    expect(String(outcome?.failure)).toContain('not so')
    expect(outcome?.steps.map(({ at }) => at)).toEqual(['before', 'not so'])
  })

  it('fails a scenario that expects a refusal and gets none, or another one', async () => {
    const outcomes = await run([
      scenario('none', async (s) => void (await s.refused('step', Promise.resolve('fine'), 'INVALID_CONFIG'))),
      scenario(
        'another',
        async (s) => void (await s.refused('step', Promise.reject(new TypeError('no')), 'INVALID_CONFIG')),
      ),
    ])
    expect(outcomes.filter(({ failure }) => failure === undefined)).toEqual([])
  })

  it('gives up a scenario that does not end, and closes what it opened', async () => {
    const closed: string[] = []
    const [outcome] = await run(
      [
        scenario('endless', (s) => {
          for (const name of ['first', 'last']) {
            s.defer(() => {
              closed.push(name)
              return Promise.resolve()
            })
          }
          return new Promise(() => undefined)
        }),
      ],
      50,
    )
    expect(String(outcome?.failure)).toContain('not over after 50 ms')
    expect(closed).toEqual(['last', 'first'])
  })
})
