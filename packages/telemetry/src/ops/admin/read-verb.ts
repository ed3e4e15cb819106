import { parseDuration, type PartitionSelection, type Problem, type SeekTo } from '@millrace/core'
import { logLevels, type LogLevel } from '../../log/create-logger.js'

/** What an operator asks for, read from a request. */
export type Verb =
  | { readonly verb: 'pause'; readonly which: PartitionSelection }
  | { readonly verb: 'resume'; readonly which: PartitionSelection & { readonly brake?: 'release' } }
  | { readonly verb: 'seek'; readonly which: PartitionSelection & { readonly topic: string }; readonly to: SeekTo }
  | { readonly verb: 'log-level'; readonly level: LogLevel; readonly forMs: number | undefined }

export type VerbReading = { readonly value?: Verb; readonly problems: readonly Problem[] }

type Fields = Readonly<Record<string, unknown>>

const fieldsOf: Readonly<Record<Verb['verb'], readonly string[]>> = {
  pause: ['group', 'topic', 'partition'],
  resume: ['group', 'topic', 'partition', 'brake'],
  seek: ['group', 'topic', 'partition', 'offset', 'timestamp', 'to'],
  'log-level': ['level', 'for'],
}

export const isVerb = (name: string): name is Verb['verb'] => Object.hasOwn(fieldsOf, name)

/** Reads the body of a verb, all faults at once. Pure. */
export function readVerb(verb: Verb['verb'], body: unknown): VerbReading {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const fix = `send an object with ${fieldsOf[verb].join(', ')}`
    return { problems: [{ where: 'body', problem: 'is not a JSON object', fix }] }
  }
  const fields: Fields = { ...body }
  const problems: Problem[] = []
  for (const name of Object.keys(fields)) {
    const fix = `use ${fieldsOf[verb].join(', ')}`
    if (!fieldsOf[verb].includes(name))
      problems.push({ where: shown(name), problem: 'is not a field of this verb', fix })
  }
  const value = readers[verb](fields, problems)
  return value === undefined || problems.length > 0 ? { problems } : { value, problems }
}

const readers: { readonly [Name in Verb['verb']]: (fields: Fields, problems: Problem[]) => Verb | undefined } = {
  pause: (fields, problems) => ({ verb: 'pause', which: readSelection(fields, problems) }),
  resume(fields, problems) {
    const which = readSelection(fields, problems)
    if (fields['brake'] === undefined) return { verb: 'resume', which }
    if (fields['brake'] !== 'release') wrong(problems, 'brake', "is not 'release'", "leave it out, or write 'release'")
    return { verb: 'resume', which: { ...which, brake: 'release' } }
  },
  seek(fields, problems) {
    const { topic, ...which } = readSelection(fields, problems)
    if (topic === undefined) wrong(problems, 'topic', 'is not there', 'name the topic, with its prefix')
    const to = readTarget(fields, problems)
    return to === undefined ? undefined : { verb: 'seek', which: { ...which, topic: topic ?? '' }, to }
  },
  'log-level'(fields, problems) {
    const level = logLevels.find((known) => known === fields['level'])
    if (level === undefined) wrong(problems, 'level', 'is no level', `use one of ${logLevels.join(', ')}`)
    const forMs = fields['for'] === undefined ? undefined : parseDuration(fields['for'])
    const isTime = fields['for'] === undefined || (forMs !== undefined && forMs > 0 && forMs <= maxLevelMs)
    if (!isTime) wrong(problems, 'for', 'is no duration up to 1d', "write '10m'")
    return level === undefined ? undefined : { verb: 'log-level', level, forMs }
  },
}

const maxLevelMs = 86_400_000

function readSelection({ group, topic, partition }: Fields, problems: Problem[]): PartitionSelection {
  if (!isName(group)) wrong(problems, 'group', 'is not a name', 'name the group, with its prefix')
  if (topic !== undefined && !isName(topic))
    wrong(problems, 'topic', 'is not a name', 'name the topic, with its prefix')
  if (partition !== undefined && !isIndex(partition)) wrong(problems, 'partition', 'is not a number', 'use 0 or more')
  if (partition !== undefined && topic === undefined)
    wrong(problems, 'partition', 'says nothing without a topic', 'name the topic as well')
  return {
    group: isName(group) ? group : '',
    ...(isName(topic) ? { topic } : {}),
    ...(isIndex(partition) ? { partition } : {}),
  }
}

function readTarget({ offset, timestamp, to }: Fields, problems: Problem[]): SeekTo | undefined {
  const given = Object.entries({ offset, timestamp, to }).filter(([, value]) => value !== undefined)
  const [name] = given[0] ?? []
  if (given.length !== 1) {
    const fix = "write one of offset: 42, timestamp: '2026-01-31T08:00:00Z', to: 'earliest' or to: 'latest'"
    return wrong(problems, 'to', given.length === 0 ? 'is not there' : 'is there more than once', fix)
  }
  if (name === 'to') {
    if (to === 'earliest' || to === 'latest') return to
    return wrong(problems, 'to', "is neither 'earliest' nor 'latest'", 'use one of the two, an offset or a timestamp')
  }
  if (name === 'offset') {
    const isOffset = isIndex(offset) || (typeof offset === 'string' && /^\d{1,19}$/.test(offset))
    if (isOffset) return { offset: BigInt(offset) }
    return wrong(problems, 'offset', 'is not an offset', 'use a whole number; above 2^53 as text')
  }
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp
  if (typeof at === 'number' && Number.isSafeInteger(at) && at >= 0) return { timestamp: at }
  return wrong(problems, 'timestamp', 'is not a time', "write '2026-01-31T08:00:00Z', or milliseconds since 1970")
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 249

const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function wrong(problems: Problem[], where: string, problem: string, fix: string): undefined {
  problems.push({ where, problem, fix })
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 60))
