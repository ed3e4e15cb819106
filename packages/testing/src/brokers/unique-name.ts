import { randomBytes } from 'node:crypto'

/** A topic, group or transactional id that no other test uses: `orders-3f9a01c27b4e`. Suites share one broker and clean up nothing. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`
