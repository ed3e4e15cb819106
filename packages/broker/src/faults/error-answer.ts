/**
 * An answer that carries errors in the places where its API has them: per partition, per topic or group, or once. Where only some
 * partitions of a request are meant, the others are applied, and both halves become one answer in the order of the request.
 */
import { type ErrorName, errorCode } from '../protocol/error-codes.js'
import { defaultFields } from '../protocol/default-value.js'
import { type ApiName, apis } from '../protocol/apis.js'
import type { Fields as FieldTable } from '../protocol/schema.js'
import { type AnswerShape, answerShapes } from './answer-shape.js'
import type { Call, FaultVerdict } from './fault-gate.js'
import type { FaultRule } from './fault-rule.js'
import { type Fields, isFields, listIn, numberIn, textIn } from './fields.js'
import { isAbout } from './match-rule.js'
import { shapeOf, type TopicRow, topicRows, withTopics } from './request-shape.js'

/** An error, and the rule that says which topics and partitions of a request it is for. */
export interface ScopedError {
  readonly error: ErrorName
  readonly rule: FaultRule
}

type Outcome = Pick<FaultVerdict, 'instead' | 'request' | 'edit' | 'after'>

interface Shape extends AnswerShape {
  /** The fields of the response. */
  readonly fields: FieldTable
}

/** What dispatch has to do so that the request gets these errors. At least one is given; of two for the same place the first counts. */
export function failRequest(call: Call & { readonly api: ApiName }, errors: readonly ScopedError[]): Outcome {
  if (call.api === 'Metadata') return { edit: (body) => failMetadata(body, errors) }
  const shape: Shape = { ...answerShapes[call.api], fields: apis[call.api].response.fields }
  const isUnanswered = call.api === 'Produce' && numberIn(call.request, 'acks') === 0

  const whole = wholeError(shape, errors, call.apiVersion)
  if (whole !== undefined) return { instead: { body: topAnswer(call, shape, whole) } }

  const coded = topicRows(call.api, call.request).map((topic) => codeRows(topic, errors))
  const parts = coded.flatMap((topic) => topic.parts)
  if (call.api === 'AddPartitionsToTxn') refuseTheOthers(parts)
  if (parts.every(({ error }) => error === undefined)) return {}
  const failed = (topic: CodedTopic): Fields => topicAnswer(shape, topic)
  if (parts.every(({ error }) => error !== undefined)) {
    if (isUnanswered) return { instead: 'close' }
    return { instead: { body: blank(shape.fields, { [rowsField(shape)]: coded.map(failed) }) } }
  }
  return {
    request: withTopics(
      call.api,
      call.request,
      coded.flatMap((topic) => unfailed(call.api, topic)),
    ),
    ...(isUnanswered
      ? { after: 'dropAnswer' as const }
      : { edit: (body: unknown) => ({ ...asFields(body), [rowsField(shape)]: merged(shape, coded, body) }) }),
  }
}

/** The error of the request as a whole: the API has no rows of topics, or a place at the top for such errors. */
function wholeError(shape: Shape, errors: readonly ScopedError[], version: number): ErrorName | undefined {
  const [first] = errors
  if (shape.rows === undefined || shape.answers !== undefined) return first?.error
  const forAll = errors.find(({ error, rule }) => isUnscoped(rule) && shape.atTop?.has(error) === true)
  // OffsetFetch 1 has no place at the top, Fetch below 7 neither; their rows take it then.
  const hasTop = shape.fields['errorCode']?.versions === undefined || version >= topSince(shape)
  return hasTop ? forAll?.error : undefined
}

const isUnscoped = ({ topic, partition }: FaultRule): boolean => topic === undefined && partition === undefined

const topSince = ({ fields }: Shape): number => Number.parseInt(fields['errorCode']?.versions ?? '0', 10)

const rowsField = (shape: Shape): string => shape.rows ?? ''
const asFields = (body: unknown): Fields => (isFields(body) ? body : {})

function topAnswer({ request }: Call, shape: Shape, error: ErrorName): Fields {
  const code = { errorCode: errorCode[error] }
  if (shape.rows === undefined || shape.answers === undefined) {
    // A refused join is told its own member id again.
    return blank(shape.fields, { ...code, memberId: textIn(request, 'memberId') ?? '' })
  }
  const row = rowTable(shape.fields, shape.rows)
  const rows = listIn(request, shape.answers).map((asked) => ({
    ...blank(row, code),
    ...(shape.name === undefined ? {} : { [shape.name]: asked }),
  }))
  return blank(shape.fields, { [shape.rows]: rows })
}

interface CodedTopic {
  readonly topic: TopicRow
  readonly parts: CodedPart[]
}

interface CodedPart {
  /** Undefined where the topic is meant as a whole. */
  readonly index: number | undefined
  readonly row: unknown
  error: ErrorName | undefined
}

function codeRows(topic: TopicRow, errors: readonly ScopedError[]): CodedTopic {
  const errorOf = (index: number | undefined): ErrorName | undefined =>
    errors.find(({ rule }) => isAbout(rule, topic.name, index))?.error
  const parts = topic.partitions ?? [{ index: undefined, row: topic.row }]
  return { topic, parts: parts.map(({ index, row }) => ({ index, row, error: errorOf(index) })) }
}

/** One partition that cannot be added keeps all others of the request from being added. */
function refuseTheOthers(parts: readonly CodedPart[]): void {
  if (parts.every(({ error }) => error === undefined)) return
  for (const part of parts) part.error ??= 'OPERATION_NOT_ATTEMPTED'
}

/** The topic with what is still to be applied of it; nothing where no part of it is. */
function unfailed(api: ApiName, { topic, parts }: CodedTopic): unknown[] {
  const left = parts.filter(({ error }) => error === undefined).map(({ row }) => row)
  if (left.length === 0) return []
  const { partitions } = shapeOf(api)
  return partitions === undefined ? [topic.row] : [{ ...asFields(topic.row), [partitions]: left }]
}

function topicAnswer(shape: Shape, { topic, parts }: CodedTopic): Fields {
  const table = rowTable(shape.fields, rowsField(shape))
  // Configurations are told apart by type and name.
  const type = numberIn(topic.row, 'resourceType')
  const named = { [shape.name ?? '']: topic.name, ...(type === undefined ? {} : { resourceType: type }) }
  const { partitions, index } = shape
  if (partitions === undefined || index === undefined) return { ...blank(table, codeIn(parts[0])), ...named }
  const inner = rowTable(table, partitions)
  return {
    ...blank(table),
    ...named,
    [partitions]: parts.map((part) => ({ ...blank(inner, codeIn(part)), [index]: part.index })),
  }
}

function codeIn(part: CodedPart | undefined): Fields {
  const code = part?.error === undefined ? 0 : errorCode[part.error]
  return { errorCode: code, partitionErrorCode: code }
}

/** Rows of the handler's answer and rows of errors, in the order of the request. */
function merged(shape: Shape, coded: readonly CodedTopic[], body: unknown): Fields[] {
  const answered = listIn(body, rowsField(shape))
  return coded.map((entry) => {
    const failed = topicAnswer(shape, entry)
    const own = answered.find((row) => textIn(row, shape.name ?? '') === entry.topic.name)
    const { partitions, index } = shape
    if (partitions === undefined || index === undefined) {
      return entry.parts[0]?.error === undefined ? asFields(own) : failed
    }
    const rows = listIn(failed, partitions).flatMap((row, at) => {
      const part = entry.parts[at]
      if (part?.error !== undefined) return [row]
      return listIn(own, partitions).filter((other) => numberIn(other, index) === part?.index)
    })
    return { ...failed, ...asFields(own), [partitions]: rows }
  })
}

/** What the broker knows of itself stays in the answer; only topics and partitions fail. */
function failMetadata(body: unknown, errors: readonly ScopedError[]): unknown {
  const topics = listIn(body, 'topics').map((row) => {
    const name = textIn(row, 'name') ?? ''
    const forTopic = errors.find(({ rule }) => rule.partition === undefined && isAbout(rule, name))
    if (forTopic !== undefined) return { ...asFields(row), errorCode: errorCode[forTopic.error], partitions: [] }
    const partitions = listIn(row, 'partitions').map((partition) => {
      const error = errors.find(({ rule }) => isAbout(rule, name, numberIn(partition, 'partitionIndex')))?.error
      if (error === undefined) return partition
      const leader = error === 'LEADER_NOT_AVAILABLE' ? { leaderId: -1 } : {}
      return { ...asFields(partition), ...leader, errorCode: errorCode[error] }
    })
    return { ...asFields(row), partitions }
  })
  return { ...asFields(body), topics }
}

const rowTable = (fields: FieldTable, list: string): FieldTable => fields[list]?.fields ?? {}

const noBytes = Buffer.alloc(0)

/** A struct that says nothing: -1 for offsets, ids and times, as Kafka's errors have them. */
function blank(fields: FieldTable, given: Fields = {}): Fields {
  const blanks = Object.entries(defaultFields(fields)).map(([name, value]): [string, unknown] => {
    if (Object.hasOwn(given, name)) return [name, given[name]]
    const type = fields[name]?.type
    if (type === 'int64') return [name, -1n]
    if (type === 'records') return [name, noBytes]
    return [name, negative.has(name) ? -1 : value]
  })
  return Object.fromEntries(blanks)
}

const negative: ReadonlySet<string> = new Set(['nodeId', 'port', 'producerEpoch'])
