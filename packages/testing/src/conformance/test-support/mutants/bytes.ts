import type { RawHeader } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { mutateBatch, mutateRecord } from './mutate-batch.js'

const empty = Buffer.alloc(0)
const nameOf = ([name]: RawHeader): string => name.toString('latin1')

/** As an object keeps them: one value per name, at the place of the first. */
export const asObject = (headers: readonly RawHeader[]): readonly RawHeader[] => [
  ...new Map(headers.map((header) => [nameOf(header), header])).values(),
]

export const byteMutants: readonly Mutant[] = [
  {
    name: 'takes a null value for an empty one',
    breaks: 'values-are-exact',
    driver: mutateRecord(({ value }) => ({ value: value ?? empty })),
  },
  {
    name: 'takes a null key for an empty one',
    breaks: 'keys-are-exact',
    driver: mutateRecord(({ key }) => ({ key: key ?? empty })),
  },
  {
    name: 'reads keys as text',
    breaks: 'keys-are-exact',
    driver: mutateRecord(({ key }) => ({ key: key === null ? null : Buffer.from(key.toString('utf8')) })),
  },
  {
    name: 'keeps headers in an object',
    breaks: 'headers-are-exact',
    driver: mutateRecord(({ headers }) => ({ headers: asObject(headers) })),
  },
  {
    name: 'loses a header named __proto__',
    breaks: 'headers-are-exact',
    driver: mutateRecord(({ headers }) => ({ headers: headers.filter((one) => nameOf(one) !== '__proto__') })),
  },
  {
    name: 'takes a null header for an empty one',
    breaks: 'headers-are-exact',
    driver: mutateRecord(({ headers }) => ({ headers: headers.map(([name, value]) => [name, value ?? empty]) })),
  },
  {
    name: 'lets the timestamps of a batch only rise',
    breaks: 'timestamps-are-exact',
    driver: mutateBatch((batch) => {
      let newest = 0
      return {
        ...batch,
        records: batch.records.map((record) => ({
          ...record,
          timestamp: (newest = Math.max(newest, record.timestamp)),
        })),
      }
    }),
  },
  {
    name: 'leaves headers out of sizeBytes',
    breaks: 'sizes-are-told',
    driver: mutateRecord(({ key, value }) => ({ sizeBytes: (key?.length ?? 0) + (value?.length ?? 0) })),
  },
  {
    name: 'skips batches that are compressed',
    breaks: 'every-compression-is-read',
    driver: mutateBatch((batch, { topic }, { world }) => {
      const compressed = (world.written.get(topic) ?? []).filter(({ how }) => how === 'compressed')
      const offsets = new Set(compressed.map(({ offset }) => offset))
      const isKept = (offset: bigint): boolean => !offsets.has(offset)
      const records = batch.records.filter(({ offsetDelta }) => isKept(batch.baseOffset + BigInt(offsetDelta)))
      return { ...batch, records }
    }),
  },
  {
    name: 'skips a record above the fetch limit',
    breaks: 'a-record-above-the-fetch-limit-arrives',
    driver: mutateBatch((batch, _lease, { options: { maxBytesPerPartition } }) => ({
      ...batch,
      records: batch.records.filter(({ sizeBytes }) => sizeBytes <= maxBytesPerPartition),
    })),
  },
]
