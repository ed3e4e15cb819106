import { describe, expect, it } from 'vitest'
import { compareTraces } from './compare-traces.js'
import type { Json, Step } from './trace.js'

const step = (says: Json, more: Partial<Step> = {}): Step => ({ at: 'Fetch 11', says, ...more })
const differences = (kafka: readonly Step[], ours: readonly Step[]) =>
  compareTraces({ s: kafka }, { s: ours }).map(({ at, path, kafka: theirs, ours: own }) => [at, path, theirs, own])

describe('compareTraces', () => {
  it.each<[string, Json, Json, unknown[]]>([
    ['finds nothing where both say the same', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['names the field inside lists', { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }, { b: 3 }] }, [['a[1].b', 2, 3]]],
    ['names an entry that one side lacks', { a: [1, 2] }, { a: [1] }, [['a[1]', 2, undefined]]],
    ['names a field that one side lacks', { a: 1 }, { a: 1, b: null }, [['b', undefined, null]]],
    ['tells null from nothing and from a struct', { a: null }, { a: { b: 1 } }, [['a', null, { b: 1 }]]],
    ['tells an answer from silence', 'silent', { errorCode: 87 }, [['', 'silent', { errorCode: 87 }]]],
    ['tells 0 from the text', { a: 0 }, { a: '0' }, [['a', 0, '0']]],
    ['lets a broker offer less', { apiKeys: { 1: '4-18', 2: '1-11' } }, { apiKeys: { 1: '4-11' } }, []],
    [
      'lets a broker offer nothing that Kafka does not speak',
      { apiKeys: { 1: '4-18' } },
      { apiKeys: { 1: '3-11', 9: '0-1' } },
      [
        ['apiKeys.1', '4-18', '3-11'],
        ['apiKeys.9', undefined, '0-1'],
      ],
    ],
  ])('%s', (_behaviour, kafka, ours, found) => {
    expect(differences([step(kafka)], [step(ours)])).toEqual(found.map((each) => ['Fetch 11', ...(each as unknown[])]))
  })

  it('names the steps that one side does not have, and the waits that differ', () => {
    expect(differences([step(1), step(2)], [step(1)])).toEqual([['Fetch 11', 'at', 'Fetch 11', undefined]])
    expect(differences([step(1, { took: 'its time' })], [step(1, { took: 'no time' })])).toEqual([
      ['Fetch 11', 'took', 'its time', 'no time'],
    ])
  })

  it('names scripts that one side has not played', () => {
    expect(compareTraces({ one: [step(1)] }, { other: [step(1)] }).map(({ script }) => script)).toEqual([
      'one',
      'other',
    ])
  })
})
