import type { Call } from './fault-gate.js'
import type { FaultRule, FieldPattern } from './fault-rule.js'
import { isFields } from './fields.js'
import { asksForAllTopics, groupsOf, isApiName, topicRows, transactionalIdOf } from './request-shape.js'

/** Code that decides whether a rule is for a request. Rules name it, so that they stay data. */
export type FaultPredicate = (call: Call) => boolean

/** Whether a request is one of those that a rule is for, its predicate aside; at which of them it strikes is another question. */
export function matchesRule(rule: FaultRule, call: Call): boolean {
  return (
    (rule.on.length === 0 || (isApiName(call.api) && rule.on.includes(call.api))) &&
    fits(rule.clientId, call.clientId) &&
    (rule.group === undefined || groupsOf(call.api, call.request).some((id) => fits(rule.group, id))) &&
    (rule.transactionalId === undefined || namesTransactionalId(rule.transactionalId, call)) &&
    ((rule.topic === undefined && rule.partition === undefined) || namesTopic(rule, call)) &&
    (rule.with === undefined || fieldsFit(rule.with, call.request))
  )
}

/** Whether a rule is about a topic, or about one of its partitions where `partition` is given. */
export const isAbout = (rule: FaultRule, topic: string, partition?: number): boolean =>
  fits(rule.topic, topic) && (rule.partition === undefined || partition === undefined || rule.partition === partition)

function namesTopic(rule: FaultRule, { api, request }: Call): boolean {
  if (asksForAllTopics(api, request)) return true
  return topicRows(api, request).some(({ name, partitions }) =>
    partitions === undefined ? isAbout(rule, name) : partitions.some(({ index }) => isAbout(rule, name, index)),
  )
}

function namesTransactionalId(wanted: string, { api, request }: Call): boolean {
  const id = transactionalIdOf(api, request)
  return id !== undefined && fits(wanted, id)
}

/** `*` stands for any run of characters, so a plain name fits only itself. */
export function fits(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined || pattern === name) return true
  if (!pattern.includes('*')) return false
  const [first = '', ...rest] = pattern.split('*')
  if (!name.startsWith(first)) return false
  let at = first.length
  const last = rest.pop() ?? ''
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

/** Whether a decoded value holds what a pattern asks for. A pattern beside a list asks for some element of it. */
export function fieldsFit(pattern: FieldPattern, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => fieldsFit(pattern, element))
  if (typeof pattern !== 'object' || pattern === null) {
    return typeof value === 'bigint' ? isSameNumber(pattern, value) : value === pattern
  }
  return (
    isFields(value) &&
    Object.entries(pattern).every(([field, wanted]) => Object.hasOwn(value, field) && fieldsFit(wanted, value[field]))
  )
}

const isSameNumber = (pattern: string | number | boolean | null, value: bigint): boolean =>
  typeof pattern === 'number' && Number.isInteger(pattern) && BigInt(pattern) === value
