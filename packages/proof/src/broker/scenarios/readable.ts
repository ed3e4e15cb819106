import type { ProbeRecord } from '@millrace/testing'
import type { IHeaders } from './bare-kafkajs.js'
import type { Delivered } from './driver-clients.js'
import type { Heard } from './kafkajs-clients.js'

/** Everything of a record that clients show, in one form for all of them. */
export function fromProbe({ partition, offset, timestamp, timestampType, key, value, headers }: ProbeRecord) {
  return { at: `${partition}@${offset}`, key, value, headers, timestamp, timestampType }
}

export function fromKafkajs({ partition, message }: Heard) {
  const { offset, key, value, headers = {}, timestamp, attributes } = message
  return { at: `${partition}@${offset}`, key, value, headers: flat(headers), timestamp, attributes }
}

export function fromDriver({ partition, offset, record: { key, value, headers, timestamp } }: Delivered) {
  return { at: `${partition}@${offset}`, key, value, headers, timestamp }
}

const flat = (headers: IHeaders) =>
  Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((each) => [name, each]) : [[name, value]],
  )

/** `partition@offset value`, which is what most scenarios are about. */
export const short = (records: readonly (ProbeRecord | Heard | Delivered)[]): string[] =>
  records.map((record) => {
    if ('message' in record)
      return `${record.partition}@${record.message.offset} ${record.message.value?.toString() ?? 'null'}`
    const value = 'record' in record ? record.record.value : record.value
    return `${record.partition}@${record.offset} ${value?.toString() ?? 'null'}`
  })
