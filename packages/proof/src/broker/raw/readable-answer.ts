/**
 * An answer as it is compared and recorded: only the fields that its version has, records decoded, and everything that is another
 * value in every run (ids, times, ports) replaced by the order in which it appeared in the script.
 */
import type { FieldSpec, Fields, Message } from '@millrace/broker/protocol'
import { readBatches } from './read-batches.js'
import type { Json } from './trace.js'

export interface Readable {
  body(message: Message, version: number, body: unknown): Json
}

export interface ReadableOptions {
  /** Times near it are `<now>`. */
  readonly nowMs: number
  /** What names of the script begin with; left out of the trace. */
  readonly prefix: string
  /** Whose a topic or group is: those of other scripts are left out of lists of all. */
  readonly ownerOf: (name: string) => 'this script' | 'another' | 'nobody'
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Times of the day inside error messages. */
const longNumber = /-?\d{12,}/g
const aroundMs = 300_000
const monthMs = 30 * 86_400_000

export function createReadable({ nowMs, prefix, ownerOf }: ReadableOptions): Readable {
  const uuids = ordinals('uuid')
  const producerIds = ordinals('pid')

  const text = (value: string): string =>
    value
      .replaceAll(prefix, '')
      .replaceAll(uuid, (found) => uuids(found))
      .replaceAll(longNumber, '<number>')
  const big = (name: string, value: bigint): Json => {
    // 0 is also what stands there in errors, so it keeps its value and no script gets it.
    if (name === 'producerId' && value > 0n) return producerIds(String(value))
    const awayMs = Number(value) - nowMs
    if (Math.abs(awayMs) < monthMs) return aboutNow(awayMs)
    return Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER ? Number(value) : `${value}`
  }
  const plain = (name: string, value: unknown): Json => {
    if (Buffer.isBuffer(value)) return isText(value) ? text(value.toString()) : `0x${value.toString('hex')}`
    if (typeof value === 'bigint')
      return name === 'finalizedFeaturesEpoch' ? ofTheRun(name, Number(value)) : big(name, value)
    if (typeof value === 'string') return name === 'clusterId' ? '<id>' : text(value)
    if (typeof value === 'number') return ofTheRun(name, value)
    if (Array.isArray(value)) return value.map((each) => plain(name, each))
    if (value === null || typeof value === 'boolean') return value
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, plain(key, inner)]))
  }
  const field = (path: string, spec: FieldSpec, version: number, value: unknown): Json => {
    if (value === null) return null
    const name = path.slice(path.lastIndexOf('.') + 1)
    if (spec.type === 'records') return readBatches(value as Buffer).map((batch) => plain(name, batch))
    if (spec.type === 'struct') return struct(path, spec.fields ?? {}, version, value)
    if (spec.type !== '[]struct') return plain(name, value)
    if (name === 'apiKeys') return spansOf(value as readonly ApiSpan[])
    const entries = inOrder(path, value as readonly Record<string, unknown>[], ownerOf)
    return entries.map((each) => struct(path, spec.fields ?? {}, version, each))
  }
  const struct = (path: string, fields: Fields, version: number, value: unknown): Json => {
    const values = value as Readonly<Record<string, unknown>>
    const there = Object.entries(fields).filter(
      ([name, spec]) => isThere(spec, version) && !isNoThrottle(name, values[name]),
    )
    return Object.fromEntries(
      there.map(([name, spec]) => [name, field(`${path}.${name}`, spec, version, values[name])]),
    )
  }
  return { body: ({ name, fields }, version, body) => struct(name, fields, version, body) }
}

interface ApiSpan {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** Versions by key: `{ "1": "4-18" }`. */
const spansOf = (keys: readonly ApiSpan[]): Json =>
  Object.fromEntries(keys.map(({ apiKey, minVersion, maxVersion }) => [String(apiKey), `${minVersion}-${maxVersion}`]))

/** Numbers what it is shown by the order in which it is shown it. */
function ordinals(kind: string): (value: string) => string {
  const seen = new Map<string, number>()
  return (value) => {
    if (!seen.has(value)) seen.set(value, seen.size + 1)
    return `<${kind} ${seen.get(value)}>`
  }
}

function aboutNow(awayMs: number): string {
  const minutes = (Math.round(awayMs / aroundMs) * aroundMs) / 60_000
  return minutes === 0 ? '<now>' : `<now ${minutes > 0 ? '+' : '-'} ${Math.abs(minutes)} min>`
}

function ofTheRun(name: string, value: number): Json {
  if (name === 'port' && value > 0) return '<port>'
  if (name === 'finalizedFeaturesEpoch' && value >= 0) return '<epoch>'
  return name === 'sessionId' && value !== 0 ? '<session>' : value
}

/** Nobody is throttled here, and it would stand in every line. */
const isNoThrottle = (name: string, value: unknown): boolean => name === 'throttleTimeMs' && value === 0

const isText = (bytes: Buffer): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f)

function isThere({ versions, taggedVersions }: FieldSpec, version: number): boolean {
  const span = versions ?? taggedVersions
  if (span === undefined) return true
  const [first = '0', last = first] = span.endsWith('+') ? [span.slice(0, -1), '32767'] : span.split('-')
  return version >= Number(first) && version <= Number(last)
}

/** By which field entries are put in order, where neither broker promises one: ids are random, and Kafka shuffles deletions. */
const sortedBy: Readonly<Record<string, string>> = {
  'ApiVersionsResponse.supportedFeatures': 'name',
  'ApiVersionsResponse.finalizedFeatures': 'name',
  'JoinGroupResponse.members': 'memberId',
  'DescribeGroupsResponse.groups.members': 'memberId',
  'DeleteTopicsResponse.responses': 'name',
  'ProduceResponse.responses': 'name',
  'ProduceResponse.responses.partitionResponses': 'index',
  'DescribeConfigsResponse.results.configs': 'name',
  'DeleteGroupsResponse.results': 'groupId',
  'AddPartitionsToTxnResponse.resultsByTopicV3AndBelow': 'name',
  'AddPartitionsToTxnResponse.resultsByTopicV3AndBelow.resultsByPartition': 'partitionIndex',
  'ListGroupsResponse.groups': 'groupId',
  'DescribeTransactionsResponse.transactionStates.topics': 'topic',
  'ListTransactionsResponse.transactionStates': 'transactionalId',
}
const compare = (one: unknown, other: unknown): number =>
  typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1

/** Lists of everything that a broker has: by which field an entry belongs to a script. */
const ownedBy: Readonly<Record<string, string>> = {
  'ListGroupsResponse.groups': 'groupId',
  'ListTransactionsResponse.transactionStates': 'transactionalId',
}

function inOrder(
  path: string,
  entries: readonly Record<string, unknown>[],
  ownerOf: ReadableOptions['ownerOf'],
): readonly Record<string, unknown>[] {
  const key = sortedBy[path]
  const kept = entries.filter((entry) => isKept(path, entry, ownerOf))
  return key === undefined ? kept : kept.toSorted((one, other) => compare(one[key], other[key]))
}

function isKept(path: string, entry: Record<string, unknown>, ownerOf: ReadableOptions['ownerOf']): boolean {
  // Names that no topic can have are nobody's, and are answered where they are asked for.
  if (path === 'MetadataResponse.topics') return ownerOf(String(entry['name'])) !== 'another'
  const field = ownedBy[path]
  return field === undefined || ownerOf(String(entry[field])) === 'this script'
}
