import type { EnvName } from '../env-name.js'

type Fault = { readonly problem: string; readonly fix: string } | undefined

const maxTopicLength = 249

/** Kafka's rules for topic names (`Topic.validate`): 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-', not '.' or '..'. */
export function topicNameFault(name: string, source: string | EnvName): Fault {
  const fix = fixOf(source, 'topic', "use 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'")
  if (name === '') return { problem: 'the topic name is empty', fix }
  if (name === '.' || name === '..') return { problem: `"${name}" is not allowed as a topic name`, fix }
  if (name.length > maxTopicLength) {
    return { problem: `the topic name has ${name.length} characters, Kafka allows ${maxTopicLength}`, fix }
  }
  const wrong = /[^a-zA-Z0-9._-]/u.exec(name)?.[0]
  return wrong === undefined
    ? undefined
    : { problem: `the topic name ${JSON.stringify(name)} holds ${JSON.stringify(wrong)}`, fix }
}

/** Kafka takes any group name; an empty one and control characters are mistakes that break tools and logs. */
export function groupNameFault(name: string, source: string | EnvName): Fault {
  const fix = fixOf(source, 'group', 'use a name without control characters')
  if (name.trim() === '') return { problem: 'the group name is empty', fix }
  const isClean = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)
  return isClean ? undefined : { problem: `the group name ${JSON.stringify(name)} holds control characters`, fix }
}

const fixOf = (source: string | EnvName, what: string, rule: string): string =>
  typeof source === 'string' ? rule : `${rule}; the ${what} name comes from ${source.variable} or its fallback`
