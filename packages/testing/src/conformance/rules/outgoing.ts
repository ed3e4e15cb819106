import type { OutgoingRecord } from '@millrace/core'
import type { StoredClusterRecord } from '../cluster-view.js'

export const valuesOf = (stored: readonly StoredClusterRecord[]): string[] => stored.map(({ value }) => String(value))

/** Without a key, and free to go anywhere where no partition is named. */
export const plain = (topic: string, value: string, partition?: number): OutgoingRecord => ({
  topic,
  key: null,
  value: Buffer.from(value),
  ...(partition === undefined ? {} : { partition }),
})
