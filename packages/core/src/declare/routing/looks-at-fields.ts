import type { RouteCondition } from './condition.js'

/** Whether a condition can only be decided once the record is decoded. */
export const looksAtFields = (when: RouteCondition): boolean =>
  when.kind === 'field' || ('of' in when && when.of.some(looksAtFields))
