import { describe, expect, it } from 'vitest'
import { Pauses } from './pauses.js'

function setup() {
  const calls: string[] = []
  const fetching = { pause: () => void calls.push('pause'), resume: () => void calls.push('resume') }
  return { calls, pauses: new Pauses(fetching, (name, reason) => void calls.push(`${name} ${reason}`)) }
}

describe('Pauses', () => {
  it('stop fetching with the first reason and let it go on when none is left', () => {
    const { calls, pauses } = setup()
    pauses.add('back-pressure')
    pauses.add('halted')
    pauses.delete('back-pressure')
    expect(calls).toEqual(['pause', 'partition.paused halted'])
    pauses.delete('halted')
    expect(calls.slice(2)).toEqual(['partition.resumed halted', 'resume'])
  })

  it('count each reason once', () => {
    const { calls, pauses } = setup()
    pauses.delete('halted')
    pauses.add('halted')
    pauses.add('halted')
    pauses.delete('halted')
    expect(calls).toEqual(['pause', 'partition.paused halted', 'partition.resumed halted', 'resume'])
    expect(pauses.reasons).toEqual([])
  })
})
