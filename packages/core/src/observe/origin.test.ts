import { describe, expect, it } from 'vitest'
import { header } from '../test-support/records.js'
import { readOrigin } from './origin.js'

const headers = (topic: string, partition: string, offset: string) => [
  header('source-topic', topic),
  header('source-partition', partition),
  header('source-offset', offset),
]

describe('readOrigin', () => {
  it('reads where a dead letter came from, the last of each name', () => {
    expect(readOrigin([...headers('old', '1', '1'), ...headers('orders', '3', '9007199254740993')])).toEqual({
      ...{ topic: 'orders', partition: 3, offset: 9007199254740993n },
    })
  })

  it.each([
    ['a missing topic', headers('', '3', '1')],
    ['a partition that is no number', headers('orders', '-1', '1')],
    ['an offset that is no number', headers('orders', '3', '1e999')],
    ['an offset in full-width digits', headers('orders', '3', '９')],
    ['nothing', []],
  ])('believes nothing in %s', (_what, given) => {
    expect(readOrigin(given)).toBeUndefined()
  })
})
