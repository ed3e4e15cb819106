import { type VariableName, variableOf } from '../environment/variables.js'

const masked = '********'

/** A value as it may be printed: of secrets nothing, not even the length; of addresses no user, password or query. */
export function mask(name: VariableName, text: string): string {
  const { secret, url } = variableOf(name)
  if (secret) return masked
  if (url) return maskUrl(text)
  // Where a certificate belongs there may be a file with its key in it.
  if (text.includes('-----')) return 'PEM text'
  // A connection string in the place of a user name.
  if (/(?:key|password|secret)\s*=/i.test(text)) return masked
  if (!text.includes('@')) return text
  return name === 'KAFKA_BROKERS' || name === 'KAFKA_BOOTSTRAP_SERVERS' ? text.replace(/.*@/s, `${masked}@`) : text
}

/** What is no address may be anything, such as what belongs into the variable below. */
function maskUrl(text: string): string {
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) return masked
  const user = url.username === '' && url.password === '' ? '' : `${masked}@`
  return `${url.protocol}//${user}${url.host}${url.pathname}${url.search === '' ? '' : `?${masked}`}`
}
