import type { OutgoingRecord } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { createPartitioner } from './partitioner.js'

const record = (fields: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic: 't',
  key: null,
  value: null,
  ...fields,
})
const none = (): boolean => false
const sequence =
  (...numbers: number[]) =>
  () =>
    numbers.shift() ?? 0

describe('partitioner', () => {
  it.each<[string, Partial<OutgoingRecord>, number]>([
    ['an explicit partition, even one that does not exist', { partition: 9, key: Buffer.from('k') }, 9],
    ['the override of the topic', { topic: 'custom', key: Buffer.from('k') }, 2],
    // Java: Utils.toPositive(Utils.murmur2("21".getBytes())) % 6
    ['the key as Java does', { key: Buffer.from('21') }, (-973932308 & 0x7fffffff) % 6],
  ])('takes %s', (_what, fields, expected) => {
    const partitioner = createPartitioner({ overrides: { custom: () => 2 }, random: () => 0 })
    expect(partitioner.choose(record(fields), [1, 1, 1, 1, 1, 1], none)).toBe(expected)
  })

  it('does not take a topic name for something that every object has', () => {
    const partitioner = createPartitioner({ overrides: {}, random: () => 0 })
    expect(partitioner.choose(record({ topic: 'constructor' }), [1, 1], none)).toBe(0)
  })

  it('stays with a partition while its batch waits, then takes another', () => {
    const partitioner = createPartitioner({ overrides: {}, random: sequence(0.5, 0.5, 0) })
    const leaders = [1, 1, 1]
    const first = partitioner.choose(record(), leaders, none)
    expect([first, partitioner.choose(record(), leaders, () => true)]).toEqual([1, 1])
    expect(partitioner.choose(record(), leaders, none)).toBe(2)
    expect(partitioner.choose(record(), leaders, none)).toBe(0)
  })

  it.each<[string, readonly number[], number]>([
    ['passes over partitions without a leader', [-1, -1, 5], 2],
    ['takes any when none has a leader', [-1, -1, -1], 0],
  ])('%s', (_behaviour, leaders, expected) => {
    const partitioner = createPartitioner({ overrides: {}, random: () => 0 })
    expect(partitioner.choose(record(), leaders, none)).toBe(expected)
  })

  it('stays where it is when no other partition has a leader', () => {
    const partitioner = createPartitioner({ overrides: {}, random: () => 0 })
    partitioner.choose(record(), [-1, 1], none)
    expect(partitioner.choose(record(), [-1, 1], none)).toBe(1)
  })
})
