import { describe, expect, it } from 'vitest'
import { setupLog } from '../log/test-support/setup-log.js'
import { logView } from './log-view.js'

const text = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString())

/** Offset, value and fate of each record. */
const fates = (view: ReturnType<typeof logView>): string[] =>
  view.records.map(({ offset, value, transaction }) => `${offset} ${text(value)} ${transaction}`)

describe('logView', () => {
  it('shows records as they were written: key, value, headers in order, tombstones', () => {
    const { log, append } = setupLog({ topic: 'orders', partition: 2 })
    append({
      records: [
        {
          key: 'k',
          value: 'v',
          timestamp: 5,
          headers: [
            ['h', '1'],
            ['h', '2'],
            ['n', null],
          ],
        },
        { key: 'k', value: null, timestamp: 6 },
      ],
    })
    const [first, second] = logView(log).records
    expect(first).toMatchObject({
      topic: 'orders',
      partition: 2,
      offset: 0n,
      timestamp: 5n,
      producerId: -1n,
      sequence: -1,
    })
    expect(text(first?.key ?? null)).toBe('k')
    expect(first?.headers.map(({ key, value }) => `${key}=${text(value)}`)).toEqual(['h=1', 'h=2', 'n=null'])
    expect(second).toMatchObject({ offset: 1n, value: null, transaction: 'none' })
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('opens batches that are compressed with %s', (codec) => {
    const { log, append } = setupLog()
    append({ codec, records: [{ value: 'packed' }, { value: 'well' }] })
    expect(logView(log).records.map(({ value }) => text(value))).toEqual(['packed', 'well'])
  })

  it('says what became of the transaction of each record, and where its marker stands', () => {
    const { log, append, end } = setupLog()
    append({ producerId: 1n, transactional: true, records: [{ value: 'a' }] })
    append({ producerId: 2n, transactional: true, records: [{ value: 'b' }] })
    append({ records: [{ value: 'plain' }] })
    end(2n, false)
    end(1n, true)
    append({ producerId: 2n, transactional: true, baseSequence: 1, records: [{ value: 'c' }] })
    const view = logView(log)
    expect(fates(view)).toEqual(['0 a committed', '1 b aborted', '2 plain none', '5 c open'])
    expect(view.markers).toEqual([
      { offset: 3n, producerId: 2n, producerEpoch: 0, committed: false },
      { offset: 4n, producerId: 1n, producerEpoch: 0, committed: true },
    ])
    expect(view).toMatchObject({ startOffset: 0n, endOffset: 6n, stableOffset: 5n })
    expect(view.openTransactions).toEqual([{ producerId: 2n, firstOffset: 5n }])
  })

  it('counts the sequences of an idempotent producer, beyond the largest from 0', () => {
    const { log, append } = setupLog()
    append({ producerId: 1n, baseSequence: 2 ** 31 - 2, records: [{}, {}, {}] })
    expect(logView(log).records.map(({ sequence }) => sequence)).toEqual([2 ** 31 - 2, 2 ** 31 - 1, 0])
  })

  it('does not show what is below the start, though the batch is still there', () => {
    const { log, append } = setupLog()
    append({ records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })
    log.truncateHead(2n)
    expect(fates(logView(log))).toEqual(['2 c none'])
  })

  it('stands for the moment at which it was taken', () => {
    const { log, append } = setupLog()
    append()
    const view = logView(log)
    append()
    expect([view.endOffset, logView(log).endOffset]).toEqual([1n, 2n])
  })

  it('shows an empty log', () => {
    expect(logView(setupLog().log)).toMatchObject({ records: [], markers: [], endOffset: 0n, sizeInBytes: 0 })
  })
})
