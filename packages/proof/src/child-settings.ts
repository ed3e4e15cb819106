/** How a test tells a worker process what to do; everything travels in one variable of the environment. */
export interface ChildSettings {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  /** How long a handler takes for every record. */
  readonly handlerMs: number
  /** False lets a worker start although its dead-letter topic does not fit. */
  readonly verifyTopics: boolean
  /** A seeded bug, for the test that has the checkers find it: commits this many records too far. */
  readonly commitsAhead: number
  /** How long one dead letter may wait for its acknowledgement. */
  readonly deadLetterTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Undefined for a worker with handlers only. */
  readonly pipeline: PipelineSettings | undefined
}

/** What a worker needs that transforms its records exactly once. */
export interface PipelineSettings {
  readonly outputTopic: string
  readonly transactionIntervalMs: number
  readonly transactionTimeoutMs: number
  /** A seeded bug, for the test that has the checkers find it: outputs go out beside the transaction, and at once. */
  readonly sendsOutside: boolean
}

export const childSettingsVariable = 'MILLRACE_PROOF_SETTINGS'

/** @throws TypeError when the variable was not written by a test of this package. */
export function readChildSettings(env: Readonly<Record<string, string | undefined>>): ChildSettings {
  const given: unknown = JSON.parse(env[childSettingsVariable] ?? 'null')
  if (typeof given !== 'object' || given === null) throw new TypeError(`${childSettingsVariable} is missing`)
  const fields = new Map<string, unknown>(Object.entries(given))
  const brokers = fields.get('brokers')
  if (!Array.isArray(brokers)) throw new TypeError('brokers is no list')
  return {
    brokers: brokers.map(String),
    topic: String(fields.get('topic')),
    deadLetterTopic: String(fields.get('deadLetterTopic')),
    group: String(fields.get('group')),
    handlerMs: Number(fields.get('handlerMs')),
    verifyTopics: fields.get('verifyTopics') === true,
    commitsAhead: Number(fields.get('commitsAhead')),
    deadLetterTimeoutMs: Number(fields.get('deadLetterTimeoutMs')),
    sessionTimeoutMs: Number(fields.get('sessionTimeoutMs')),
    heartbeatIntervalMs: Number(fields.get('heartbeatIntervalMs')),
    pipeline: readPipeline(fields.get('pipeline')),
  }
}

function readPipeline(given: unknown): PipelineSettings | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(given))
  return {
    outputTopic: String(fields.get('outputTopic')),
    transactionIntervalMs: Number(fields.get('transactionIntervalMs')),
    transactionTimeoutMs: Number(fields.get('transactionTimeoutMs')),
    sendsOutside: fields.get('sendsOutside') === true,
  }
}
