import { describe, expect, it } from 'vitest'
import { compareTraces, printDifference, type Step } from './compare-traces.js'

const trace: readonly Step[] = [
  { at: 'sent', says: [{ offset: '0', partition: 1 }] },
  { at: 'read', says: ['0@0 a', '0@1 b'] },
]
const [sent, read] = trace
const changed = (says: Step['says']): readonly Step[] => [...trace.slice(0, 1), { at: 'read', says }]

describe('compareTraces', () => {
  it('finds nothing in the same steps, whatever the order of their fields', () => {
    expect(compareTraces(trace, trace)).toEqual([])
    const other = [{ at: 'sent', says: [{ partition: 1, offset: '0' }] }, ...trace.slice(1)]
    expect(compareTraces(trace, other)).toEqual([])
  })

  it.each([
    ['one record more', ['0@0 a', '0@1 b', '0@2 c']],
    ['one record less', ['0@0 a']],
    ['another order', ['0@1 b', '0@0 a']],
    ['another offset', ['0@0 a', '0@2 b']],
    ['nothing', null],
  ])('finds %s', (_, says) => {
    expect(compareTraces(trace, changed(says))).toEqual([{ at: 'read', kafka: read?.says, ours: says }])
  })

  it('finds a field that only one side has', () => {
    const more = [{ at: 'sent', says: [{ offset: '0', partition: 1, leaderEpoch: 0 }] }, ...trace.slice(1)]
    expect(compareTraces(trace, more)).toHaveLength(1)
    expect(compareTraces(more, trace)).toHaveLength(1)
  })

  it('stops where the steps themselves part: what follows is not the same thing any more', () => {
    expect(compareTraces(trace, trace.slice(0, 1))).toEqual([{ at: 'step 2', kafka: 'read', ours: undefined }])
    expect(compareTraces(trace, trace.toReversed())).toEqual([{ at: 'step 1', kafka: 'sent', ours: 'read' }])
  })

  it('is printed with what each side said', () => {
    const [difference] = compareTraces(trace, changed([]))
    expect(difference && printDifference(difference)).toBe('read\n    Kafka ["0@0 a","0@1 b"]\n    ours  []')
    expect(sent?.at).toBe('sent')
  })
})
