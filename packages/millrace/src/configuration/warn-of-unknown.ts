import { type Env, variableNames, variableOf } from '../environment/variables.js'
import { distanceBetween } from './suggest.js'

const prefixes = ['KAFKA_', 'OPS_', 'SCHEMA_REGISTRY_', 'MILLRACE_', 'LOG_', 'SHUTDOWN_']

/**
 * Variables that look like a slip of the pen. Not every unknown one: the prefixes are not ours alone. Brokers in containers
 * and other clients use `KAFKA_...`, and Kubernetes puts `KAFKA_PORT_9092_TCP_ADDR` and its kin into every pod beside a
 * service called kafka. A start that warns of all of them teaches people to read past its warnings.
 */
export function warnOfUnknown(env: Env): readonly string[] {
  const known = variableNames.flatMap((name) => (variableOf(name).secret ? [name, `${name}_FILE`] : [name]))
  return Object.keys(env)
    .filter((name) => (env[name] ?? '') !== '' && !known.includes(name))
    .flatMap((name) => {
      const meant = meantBy(name, known)
      return meant === undefined ? [] : [`${name} is not read: did you mean ${meant}?`]
    })
}

function meantBy(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase()
  if (!prefixes.some((prefix) => upper.startsWith(prefix))) return undefined
  const plain = upper.replace(/_FILE$/, '')
  if (plain !== upper && known.includes(plain)) return plain
  const near = known.find((candidate) => distanceBetween(upper, candidate) <= 2)
  if (near !== undefined) return near
  // KAFKA_USERNAME: all of its words are in the name of one variable, and of no other.
  const words = upper.split('_').slice(1)
  const holding = known.filter((candidate) => {
    const parts = candidate.split('_')
    return (
      upper.startsWith(`${parts[0]}_`) && words.every((word) => parts.includes(word)) && !candidate.endsWith('_FILE')
    )
  })
  return holding.length === 1 ? holding[0] : undefined
}
