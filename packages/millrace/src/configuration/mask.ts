import { type VariableName, variableOf } from '../environment/variables.js'

const masked = '********'

/** A value as it may be printed: of secrets nothing, not even the length; of addresses no user, password or query. */
export function mask(name: VariableName, text: string): string {
  const { secret, url } = variableOf(name)
  if (secret) return masked
  if (url) return text.replace(/\/\/.*@/s, `//${masked}@`).replace(/[?#].*$/s, `?${masked}`)
  // Where a certificate belongs there may be a file with its key in it.
  if (text.includes('-----')) return 'PEM text'
  // A connection string in the place of a user name.
  if (/(?:key|password|secret)\s*=/i.test(text)) return masked
  if (!text.includes('@')) return text
  return name === 'KAFKA_BROKERS' || name === 'KAFKA_BOOTSTRAP_SERVERS' ? text.replace(/.*@/s, `${masked}@`) : text
}
