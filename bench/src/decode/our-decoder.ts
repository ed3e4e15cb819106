import type { ReceivedBatch } from '@millrace/core'
import type { DecodeAnswer } from './decode-contest.js'
import { foldHeader, foldRecord } from './fold.js'

type DecodePartition = (fetched: object, fetchOffset: bigint) => ReceivedBatch & { readonly fault?: Error }

/** The decoder is no export of its package: it is taken from the build beside the entry. */
async function loadDecodePartition(): Promise<DecodePartition> {
  const entry = import.meta.resolve('@millrace/kafkajs')
  const module: { decodePartition: DecodePartition } = await import(new URL('wire/decode-partition.js', entry).href)
  return module.decodePartition
}

export async function openOurDecoder(bytes: Buffer): Promise<DecodeAnswer> {
  const decodePartition = await loadDecodePartition()
  const fetched = { highWatermark: 4_000n, lastStableOffset: 4_000n, abortedTransactions: [], records: bytes }
  return async (from) => {
    const { records, fault } = decodePartition(fetched, 0n)
    if (fault !== undefined) throw fault
    let sum = from
    for (const { key, value, headers } of records) {
      if (key === null || value === null) throw new Error('a record lost its key or value')
      sum = foldRecord(sum, key, value)
      for (const [name, content] of headers) if (content !== null) sum = foldHeader(sum, name.length, content)
    }
    return { sum, records: records.length }
  }
}
