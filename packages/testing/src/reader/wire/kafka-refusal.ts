import { type ErrorName, errorName } from '@millrace/broker/protocol'

/** Where Java's class is not the code's own words. */
const otherNames: Readonly<Partial<Record<ErrorName, string>>> = {
  CORRUPT_MESSAGE: 'CorruptRecordException',
  GROUP_ID_NOT_FOUND: 'GroupIdNotFoundException',
  INVALID_CONFIG: 'InvalidConfigurationException',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  MESSAGE_TOO_LARGE: 'RecordTooLargeException',
  NON_EMPTY_GROUP: 'GroupNotEmptyException',
  RECORD_LIST_TOO_LARGE: 'RecordBatchTooLargeException',
  REQUEST_TIMED_OUT: 'TimeoutException',
  TOPIC_ALREADY_EXISTS: 'TopicExistsException',
}

const retriable: ReadonlySet<string> = new Set<ErrorName>([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'CONCURRENT_TRANSACTIONS',
  'FENCED_LEADER_EPOCH',
  'LEADER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_CONTROLLER',
  'NOT_COORDINATOR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_LEADER_EPOCH',
])

const javaName = (name: string): string =>
  `${name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')}Exception`

/** Why a command failed, in the words of Kafka's Java clients: whoever asks the probe can't tell by them which of the two it is. */
export class KafkaRefusal extends Error {
  override readonly name = 'KafkaRefusal'
  /** Simple class name of Java's exception. */
  readonly kafkaError: string
  /** The same may be answered otherwise a moment later. */
  readonly isRetriable: boolean

  constructor(
    kafkaError: string,
    message: string,
    { isRetriable = false, ...options }: ErrorOptions & { readonly isRetriable?: boolean } = {},
  ) {
    super(message, options)
    this.kafkaError = kafkaError
    this.isRetriable = isRetriable
  }
}

/** Throws for every code but 0. */
export function refuse(code: number, what: string, message?: string | null): void {
  if (code === 0) return
  const name = errorName(code)
  const known = otherNames[name as ErrorName] ?? javaName(name)
  throw new KafkaRefusal(known, `${what}: ${message ?? name}`, { isRetriable: retriable.has(name) })
}

/** The connection ended, or could not be made. */
export const disconnected = (what: string, cause?: unknown): KafkaRefusal =>
  new KafkaRefusal('NetworkException', `disconnected: ${what}`, { cause, isRetriable: true })

export const timedOut = (what: string, cause?: unknown): KafkaRefusal =>
  new KafkaRefusal('TimeoutException', what, { cause })

export const isRetriable = (error: unknown): boolean => error instanceof KafkaRefusal && error.isRetriable
