import { errorCode } from '../protocol/error-codes.js'
import { type Refusal, refuse } from './refusal.js'

const longestName = 249

/** Why a topic may not have this name; undefined where it may. The sentences are Kafka's. */
export function refuseTopicName(name: string): Refusal | undefined {
  const why = faultOf(name)
  return why === undefined ? undefined : refuse(errorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${why}`)
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > longestName) return `the length of '${name}' is longer than the max allowed length ${longestName}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/** Kafka's metrics write `.` and `_` alike, so names that differ in nothing else may not exist together. */
export const collisionKey = (name: string): string => name.replaceAll('.', '_')
