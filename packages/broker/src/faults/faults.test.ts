import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { type FaultPlan, faultPlan, parseFaultPlan } from './fault-plan.js'
import { createFaults } from './faults.js'
import { type Fault, on } from './on.js'
import { callOf, fetchFrom, produceTo } from './test-support/calls.js'
import { recordedTargets } from './test-support/recorded-targets.js'

function setup({ seed = 1 } = {}) {
  const clock = createVirtualClock()
  const targets = recordedTargets()
  return { clock, targets, faults: createFaults({ seed, clock, targets }) }
}

/** What one fault makes of one request. */
const verdict = (call: Parameters<ReturnType<typeof createFaults>['before']>[0], ...faults: Fault[]) => {
  const { faults: engine } = setup()
  engine.add(...faults)
  return engine.before(call)
}

describe('what becomes of a request', () => {
  it.each<[Fault, object]>([
    [on('Fetch').delay('2s'), { delayMs: 2_000 }],
    [on('Fetch').delayAnswer('2s'), { answerDelayMs: 2_000 }],
    [on('Fetch').close(), { instead: 'close' }],
    [on('Fetch').drop(), { instead: 'drop' }],
    [on('Fetch').stall(), { instead: 'stall' }],
    [on('Fetch').dropAnswer(), { after: 'dropAnswer' }],
    [on('Fetch').swallowAnswer(), { after: 'swallowAnswer' }],
    [on('Fetch').halfAnswer(), { after: 'halfAnswer' }],
    [on('Fetch').restart(), { instead: 'close' }],
    [on('Fetch').dropAnswer().restart(), { after: 'dropAnswer' }],
    [on('Fetch').delay(5).dropAnswer(), { delayMs: 5, after: 'dropAnswer' }],
  ])('%s', (fault, expected) => {
    expect(verdict(fetchFrom({ a: [0] }), fault)).toEqual(expected)
  })

  it('is an answer with the error, written into it with the throttle', () => {
    const found = verdict(produceTo({ a: [0] }), on('Produce').error('NOT_ENOUGH_REPLICAS').throttle('3s'))
    expect(found).toMatchObject({ throttleMs: 3_000, instead: { body: { responses: [{ name: 'a' }] } } })
    expect(found?.edit?.({ responses: [] })).toEqual({ responses: [], throttleTimeMs: 3_000 })
  })

  it('throttles the answer that was put together of two halves', () => {
    const found = verdict(produceTo({ a: [0, 1] }), on('Produce').partition(0).error('INVALID_RECORD').throttle(7))
    const body = { responses: [{ name: 'a', partitionResponses: [{ index: 1, errorCode: 0 }] }] }
    expect(found?.edit?.(body)).toMatchObject({
      throttleTimeMs: 7,
      responses: [
        {
          partitionResponses: [
            { index: 0, errorCode: 87 },
            { index: 1, errorCode: 0 },
          ],
        },
      ],
    })
  })

  it('is nothing where no rule strikes', () => {
    expect(verdict(fetchFrom({}), on('Fetch').nth(2).close())).toBeUndefined()
    expect(setup().faults.before(fetchFrom({}))).toBeUndefined()
  })

  it('is nothing where a rule only reaches for something else', () => {
    expect(verdict(callOf('Heartbeat', { groupId: 'g' }), on('Heartbeat').forceRebalance())).toBeUndefined()
  })

  it('is composed of what several rules say: waits add up, the longest throttle counts, the first fate decides', () => {
    const call = fetchFrom({ a: [0] })
    const found = verdict(
      call,
      on().delay(5),
      on('Fetch').delay(7).throttle(1),
      on().throttle(9),
      on().dropAnswer(),
      on().halfAnswer(),
    )
    expect(found).toMatchObject({ delayMs: 12, throttleMs: 9, after: 'dropAnswer' })
    expect(verdict(call, on().dropAnswer(), on().close())).toEqual({ instead: 'close' })
  })

  it('takes errors of several rules, each for its partitions', () => {
    const found = verdict(
      produceTo({ a: [0, 1] }),
      on('Produce').partition(0).error('INVALID_RECORD'),
      on('Produce').partition(1).error('NOT_ENOUGH_REPLICAS'),
    )
    expect(found?.instead).toMatchObject({
      body: { responses: [{ partitionResponses: [{ errorCode: 87 }, { errorCode: 19 }] }] },
    })
  })

  it('waits before it answers an error late, because nothing is applied', () => {
    expect(verdict(produceTo({ a: [0] }), on('Produce').error('INVALID_RECORD').delayAnswer(9))).toMatchObject({
      delayMs: 9,
    })
  })
})

describe('what a struck request sets off', () => {
  it.each<[string, Fault, ReturnType<typeof callOf>, string[]]>([
    ['the group of the request', on().forceRebalance(), callOf('Heartbeat', { groupId: 'g' }), ['rebalance g']],
    ['a group that is told', on('Fetch').forceRebalance('billing'), callOf('Fetch'), ['rebalance billing']],
    [
      'the member of the request',
      on('Heartbeat').expireMember(),
      callOf('Heartbeat', { groupId: 'g', memberId: 'm' }),
      ['expire g m'],
    ],
    [
      'members that leave',
      on('LeaveGroup').expireMember(),
      callOf('LeaveGroup', { groupId: 'g', members: [{ memberId: 'm' }, { memberId: 'n' }] }),
      ['expire g m', 'expire g n'],
    ],
    ['nobody that is named', on('OffsetFetch').expireMember(), callOf('OffsetFetch', { groupId: 'g' }), ['expire g']],
    ['a member that is told', on('Fetch').expireMember({ group: 'g', member: 'm' }), callOf('Fetch'), ['expire g m']],
    [
      'not the member of another group',
      on('Heartbeat').expireMember({ group: 'h' }),
      callOf('Heartbeat', { groupId: 'g', memberId: 'm' }),
      ['expire h'],
    ],
    [
      'the producer of the request',
      on('EndTxn').fenceProducer(),
      callOf('EndTxn', { transactionalId: 't' }),
      ['fence t'],
    ],
    ['no producer where none is named', on('Produce').fenceProducer(), produceTo({ a: [0] }), []],
    ['a producer that is told', on('Fetch').fenceProducer('t'), callOf('Fetch'), ['fence t']],
    [
      'the heads of the partitions of the request',
      on('Fetch').truncateHead(),
      fetchFrom({ a: [0, 1], b: [2] }),
      ['truncate a 0', 'truncate a 1', 'truncate b 2'],
    ],
    [
      'the heads that rule and request name',
      on('Fetch').topic('a').partition(1).truncateHead({ to: 5 }),
      fetchFrom({ a: [0, 1], b: [1] }),
      ['truncate a 1 5'],
    ],
    [
      'a head that is told',
      on('Fetch').truncateHead({ topic: 'c', partition: 3 }),
      fetchFrom({ a: [0] }),
      ['truncate c 3'],
    ],
    [
      'all heads of a topic',
      on('Metadata').truncateHead(),
      callOf('Metadata', { topics: [{ name: 'a' }] }),
      ['truncate a'],
    ],
  ])('reaches for %s', (_what, fault, call, asked) => {
    const { faults, targets } = setup()
    faults.add(fault)
    faults.before(call)
    expect(targets.asked).toEqual(asked)
  })

  it('holds markers for a while', async () => {
    const { faults, targets, clock } = setup()
    faults.add(on('EndTxn').holdMarkers('2s'))
    faults.before(callOf('EndTxn', { transactionalId: 't' }))
    await clock.advance(1_999)
    expect(targets.asked).toEqual(['hold t'])
    await clock.advance(1)
    expect(targets.asked).toEqual(['hold t', 'release t'])
  })

  it('lets markers go when the faults are over, and only once', async () => {
    const { faults, targets, clock } = setup()
    faults.add(on('EndTxn').holdMarkers('2s'))
    faults.before(callOf('EndTxn', { transactionalId: 't' }))
    faults.clear()
    await clock.advance(5_000)
    expect(targets.asked).toEqual(['hold t', 'release t'])
    expect(clock.timersWaiting).toBe(0)
  })

  it('restarts in a turn of its own, after what the request itself is to do', async () => {
    const { faults, targets, clock } = setup()
    faults.add(on('Produce').restart('3s'))
    faults.before(produceTo({ a: [0] }))
    expect(targets.asked).toEqual([])
    await clock.settle()
    expect(targets.asked).toEqual(['restart 3000'])
  })
})

describe('faults in force', () => {
  it('count their matches and strikes', () => {
    const { faults } = setup()
    const added = faults.add(on('Fetch').nth(2).close(), on('Fetch').nth(3).close())
    for (let count = 0; count < 3; count += 1) faults.before(callOf('Fetch'))
    expect(added.matched).toBe(6)
    expect(added.struck).toBe(2)
  })

  it('count a match also where another rule decides', () => {
    const { faults } = setup()
    faults.add(on('Fetch').close())
    const second = faults.add(on('Fetch').nth(2).drop())
    faults.before(callOf('Fetch'))
    faults.before(callOf('Fetch'))
    expect(second.struck).toBe(1)
  })

  it('end one by one, with their scope, or all', () => {
    const { faults } = setup()
    const first = faults.add(on('Fetch').close())
    {
      using _scoped = faults.add(on('Produce').close())
      expect(faults.before(produceTo({ a: [0] }))).toBeDefined()
    }
    expect(faults.before(produceTo({ a: [0] }))).toBeUndefined()
    first.remove()
    expect(faults.before(callOf('Fetch'))).toBeUndefined()
    faults.add(on('Fetch').close())
    faults.clear()
    expect(faults.before(callOf('Fetch'))).toBeUndefined()
  })

  it('say which of them struck a request, and keep a log of it', () => {
    const { faults } = setup()
    faults.add(on('Fetch').nth(2).close(), on().delay('1s'))
    const [first, second] = [callOf('Fetch'), callOf('Fetch', {}, { correlationId: 77 })]
    faults.before(first)
    faults.before(second)
    expect(faults.strikesOf(first)).toEqual(["on().delay('1s')"])
    expect(faults.strikesOf(second)).toEqual(["on('Fetch').nth(2).close()", "on().delay('1s')"])
    expect(faults.strikesOf(callOf('Fetch'))).toEqual([])
    expect(faults.log[1]).toBe("Fetch #1.77 match 2: on('Fetch').nth(2).close()")
  })

  it('keep the newest thousand lines', () => {
    const { faults } = setup()
    faults.add(on('Fetch').delay(1))
    for (let count = 0; count < 1_200; count += 1) faults.before(callOf('Fetch'))
    expect(faults.log).toHaveLength(1_000)
    expect(faults.log.at(-1)).toContain('match 1200')
  })
})

describe('replaying', () => {
  /** Which of forty requests are struck. */
  const run = (plan: FaultPlan, seed = 1): string[] => {
    const { faults } = setup({ seed })
    faults.add(plan)
    return Array.from({ length: 40 }, (_, index) => {
      const call = index % 2 === 0 ? callOf('Fetch') : callOf('Heartbeat', { groupId: 'g' })
      return JSON.stringify(faults.before(call) ?? null)
    })
  }
  const byLuck = faultPlan([on('Fetch').chance(0.3).close(), on().chance(0.2).delay('1s')], { seed: 99 })

  it('does the same with the same plan, whatever the seed of the broker', () => {
    expect(run(parseFaultPlan(JSON.stringify(byLuck)), 2)).toEqual(run(byLuck, 1))
  })

  it('does the same with what is in force, printed and read', () => {
    const { faults } = setup({ seed: 5 })
    faults.add(on('Produce').close())
    faults.add(on('Fetch').chance(0.3).close(), on().chance(0.2).delay('1s'))
    const plan = faults.plan()
    const struck = run(plan, 12)
    expect(struck).toEqual(run(parseFaultPlan(JSON.stringify(plan)), 7))
    const again = Array.from({ length: 40 }, (_, index) => {
      const call = index % 2 === 0 ? callOf('Fetch') : callOf('Heartbeat', { groupId: 'g' })
      return JSON.stringify(faults.before(call) ?? null)
    })
    expect(again).toEqual(struck)
  })

  it('does the same with what has happened, and nothing of it is luck any more', () => {
    const { faults } = setup()
    const added = faults.add(byLuck)
    const calls = (index: number) => (index % 2 === 0 ? callOf('Fetch') : callOf('Heartbeat', { groupId: 'g' }))
    const first = Array.from({ length: 40 }, (_, index) => JSON.stringify(faults.before(calls(index)) ?? null))
    added.remove()
    const happened = faults.happened()
    expect(String(happened)).not.toContain('chance')
    expect(run(happened)).toEqual(first)
  })

  it('draws differently for two equal rules', () => {
    const { faults } = setup()
    const [one, two] = [faults.add(on().chance(0.5).delay(1)), faults.add(on().chance(0.5).delay(1))]
    const struck: string[] = []
    for (let count = 0; count < 40; count += 1) {
      faults.before(callOf('Fetch'))
      struck.push(`${one.struck} ${two.struck}`)
    }
    expect(struck.some((pair) => pair.split(' ')[0] !== pair.split(' ')[1])).toBe(true)
  })
})
