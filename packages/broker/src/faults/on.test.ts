import { describe, expect, it } from 'vitest'
import type { FaultError } from './fault-error.js'
import { type Fault, on } from './on.js'

const problemsOf = (make: () => unknown): readonly string[] => {
  try {
    make()
  } catch (error) {
    expect(error).toMatchObject({ name: 'FaultError', code: 'BROKER_BAD_FAULT' })
    return (error as FaultError).problems
  }
  return []
}

describe('on', () => {
  it('makes one rule of one line', () => {
    expect(on('Produce').topic('orders').nth(3).dropAnswer().toJSON()).toEqual({
      on: ['Produce'],
      topic: 'orders',
      nth: [3],
      actions: [{ kind: 'dropAnswer' }],
    })
  })

  it('shares a beginning without sharing what follows', () => {
    const orders = on('Produce').topic('orders')
    const first = orders.nth(1).close()
    const second = orders.partition(2).delay('2s')
    expect(String(first)).toBe("on('Produce').topic('orders').nth(1).close()")
    expect(String(second)).toBe("on('Produce').topic('orders').partition(2).delay('2s')")
  })

  it.each<[string, Fault]>([
    [
      "on('Produce', 'Fetch').clientId('app-*').every(5).after(10).times(2).close()",
      on('Produce', 'Fetch').clientId('app-*').every(5).after(10).times(2).close(),
    ],
    ["on().chance(0.1, 7).delay('250ms')", on().chance(0.1, 7).delay(250)],
    [
      "on('Heartbeat').group('billing').once().forceRebalance()",
      on('Heartbeat').group('billing').once().forceRebalance(),
    ],
    [
      "on('Produce').nth(2, 5).error('NOT_LEADER_OR_FOLLOWER')",
      on('Produce').nth(2, 5).error('NOT_LEADER_OR_FOLLOWER'),
    ],
    [
      "on('Fetch').truncateHead({ topic: 'orders', partition: 0, to: 5 })",
      on('Fetch').truncateHead({ topic: 'orders', partition: 0, to: 5 }),
    ],
    ["on('Fetch').topic('orders').truncateHead()", on('Fetch').topic('orders').truncateHead()],
    [
      "on('Fetch').expireMember({ group: 'billing', member: 'm-1' })",
      on('Fetch').expireMember({ group: 'billing', member: 'm-1' }),
    ],
    ["on('EndTxn').transactionalId('tx').holdMarkers('1m')", on('EndTxn').transactionalId('tx').holdMarkers('1m')],
    ["on('Produce').fenceProducer('tx')", on('Produce').fenceProducer('tx')],
    ["on('Produce').restart('1500ms')", on('Produce').restart('1.5s')],
    ["on('Produce').restart()", on('Produce').restart()],
    ["on('Fetch').throttle('3s').delayAnswer('10ms')", on('Fetch').throttle('3s').delayAnswer(10)],
    ["on('EndTxn').with({ committed: true }).drop()", on('EndTxn').with({ committed: true }).drop()],
    ["on('Fetch').stall()", on('Fetch').stall()],
    ["on('Fetch').swallowAnswer()", on('Fetch').swallowAnswer()],
    ["on('Fetch').halfAnswer()", on('Fetch').halfAnswer()],
    [
      String.raw`on('Fetch').topic('it\'s "so" \\').close()`,
      on('Fetch').topic(String.raw`it's "so" \ `.trimEnd()).close(),
    ],
    [
      "on('Fetch').when('small', predicates['small']).close()",
      on('Fetch')
        .when('small', (request) => request.maxBytes < 10)
        .close(),
    ],
  ])('is printed as %s', (line, fault) => {
    expect(String(fault)).toBe(line)
  })

  it.each<[string, () => unknown]>([
    ['partition 1.5 is no whole number from 0', () => on('Fetch').partition(1.5)],
    ['nth(0) is not made of whole numbers from 1', () => on('Fetch').nth(0)],
    ['every(0) is no whole number from 1', () => on('Fetch').every(0)],
    ['after(-1) is no whole number from 0', () => on('Fetch').after(-1)],
    ['times(0) is no whole number from 1', () => on('Fetch').times(0)],
    ['chance(1.1) is not above 0 and at most 1', () => on('Fetch').chance(1.1)],
    ['0.5 is no whole number for a seed', () => on('Fetch').chance(1, 0.5)],
    ["delay wants a time such as '200ms' or '2s', of at most 24 days", () => on('Fetch').delay('2 s' as '2s')],
    ["delay wants a time such as '200ms' or '2s', of at most 24 days", () => on('Fetch').delay(2 ** 31)],
    ["restart wants a time such as '200ms' or '2s', of at most 24 days", () => on('Fetch').restart(-1)],
    ['Heartbeat requests name no topic, so a rule for one never strikes', () => on('Heartbeat').topic('orders')],
    ['CreateTopics requests name no partition, so a rule for one never strikes', () => on('CreateTopics').partition(1)],
    [
      'Fetch and Produce requests name no group, so a rule for one never strikes',
      () => on('Fetch', 'Produce').group('g'),
    ],
    [
      'Fetch requests name no transactional id, so a rule for one never strikes',
      () => on('Fetch').transactionalId('t'),
    ],
    ['forceRebalance needs to be told the group: Fetch requests name none', () => on('Fetch').forceRebalance()],
    ['expireMember needs to be told the group: Fetch requests name none', () => on('Fetch').expireMember()],
    [
      'fenceProducer needs to be told the transactional id: Fetch requests name none',
      () => on('Fetch').fenceProducer(),
    ],
    ['truncateHead needs to be told the topic: Heartbeat requests name none', () => on('Heartbeat').truncateHead()],
    ['offset -1 is no whole number from 0', () => on('Fetch').truncateHead({ to: -1 })],
    ['close and drop cannot happen to the same request', () => on('Fetch').close().drop()],
    ['error and stall cannot happen to the same request', () => on('Fetch').error('UNKNOWN_SERVER_ERROR').stall()],
    ['dropAnswer and halfAnswer cannot happen to the same request', () => on('Fetch').dropAnswer().halfAnswer()],
    ['close and dropAnswer cannot happen to the same request', () => on('Fetch').close().dropAnswer()],
    ['drop and throttle cannot happen to the same request', () => on('Fetch').drop().throttle(1)],
    [
      '"NOPE" is no error of Kafka\'s; write its name, such as NOT_LEADER_OR_FOLLOWER',
      () => on('Fetch').error('NOPE' as 'NONE'),
    ],
    ['"NONE" is no error of Kafka\'s; write its name, such as NOT_LEADER_OR_FOLLOWER', () => on('Fetch').error('NONE')],
  ])('refuses what means nothing: %s', (problem, make) => {
    expect(problemsOf(make)).toEqual([problem])
  })

  it('names the APIs that there are where one is misspelt', () => {
    expect(problemsOf(() => on('Prodcue' as 'Produce'))[0]).toMatch(/"Prodcue" is no API .* Produce, Fetch,/)
  })

  it.each<[string, () => unknown]>([
    ['a delay before a lost answer', () => on('Produce').delay('1s').dropAnswer()],
    ['a restart that loses an answer', () => on('Produce').dropAnswer().restart('1s')],
    ['a late error', () => on('Produce').delayAnswer('1s').error('NOT_ENOUGH_REPLICAS')],
    ['a group that is told', () => on('Produce').forceRebalance('billing')],
    ['a topic of one of several APIs', () => on('Heartbeat', 'Fetch').topic('orders').close()],
    ['a partition in metadata', () => on('Metadata').topic('orders').partition(1).error('LEADER_NOT_AVAILABLE')],
    ['a group that is looked for', () => on('FindCoordinator').group('billing').error('COORDINATOR_NOT_AVAILABLE')],
  ])('takes %s', (_what, make) => {
    expect(problemsOf(make)).toEqual([])
  })
})
