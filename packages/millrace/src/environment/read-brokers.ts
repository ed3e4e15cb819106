import type { Problem } from '@millrace/core'
import { outranks, type Setting, type Settings } from './settings.js'

/** `host:port`, the host a name, an IPv4 address or an IPv6 address in brackets. */
const address = /^(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[^\s:/@,[\]]+):(\d{1,5})$/i

/** Of the two names of this setting the one that was said where it counts more. */
export function brokersSaid(settings: Settings): Setting | undefined {
  const [first, alias] = [settings('KAFKA_BROKERS'), settings('KAFKA_BOOTSTRAP_SERVERS')]
  return first === undefined || (alias !== undefined && outranks(alias, first)) ? alias : first
}

/** The bootstrap addresses; every entry that is none is a problem of its own. */
export function readBrokers(settings: Settings): {
  readonly brokers: readonly string[]
  readonly problems: readonly Problem[]
} {
  const [first, alias] = [settings('KAFKA_BROKERS'), settings('KAFKA_BOOTSTRAP_SERVERS')]
  const given = brokersSaid(settings)
  if (given === undefined) {
    const fix = 'set it to the addresses of your brokers, such as localhost:9092'
    return { brokers: [], problems: [{ where: 'KAFKA_BROKERS', problem: 'is not set', fix }] }
  }
  const { text, where } = given
  const problems: Problem[] = []
  if (given === first && alias?.origin === first?.origin && first?.text.trim() !== alias?.text.trim()) {
    const problem = 'is set beside KAFKA_BROKERS to something else'
    problems.push({ where: alias.where, problem, fix: 'set only one of the two' })
  }
  const brokers = text.split(',').map((entry) => entry.trim())
  for (const [index, entry] of brokers.entries()) {
    const problem =
      faultOf(entry) ?? (brokers.indexOf(entry) < index ? [`${entry} is there twice`, 'leave one out'] : undefined)
    if (problem !== undefined) problems.push({ where, problem: problem[0], fix: problem[1] })
  }
  return { brokers, problems }
}

function faultOf(entry: string): readonly [problem: string, fix: string] | undefined {
  if (entry === '') return ['has an empty entry', 'remove the extra comma']
  // What stands before an @ may be a password.
  if (entry.includes('@'))
    return [
      'has an entry with an @',
      'write host:port; user and password are KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    ]
  if (entry.includes('://'))
    return [
      `${entry} starts with a scheme`,
      `write ${entry.replace(/^.*:\/\//, '')}; the scheme is KAFKA_SECURITY_PROTOCOL`,
    ]
  const match = address.exec(entry)
  if (match === null) return [`${entry} is not host:port`, fixOf(entry)]
  const port = Number(match[2])
  return port < 1 || port > 65_535 ? [`${entry} has no possible port`, 'use a port from 1 to 65535'] : undefined
}

function fixOf(entry: string): string {
  if (/[;\s]/.test(entry)) return 'separate addresses with commas'
  if (/^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*$/i.test(entry)) return 'put an IPv6 address in brackets: [::1]:9092'
  return `write a host and a port, such as ${/^[\w.-]+/.exec(entry)?.[0] ?? 'localhost'}:9092`
}

/** Whether an address can only be this machine. */
export const isLoopback = (broker: string): boolean => /^(localhost|127\.[\d.]+|\[::1\]):\d+$/i.test(broker)
