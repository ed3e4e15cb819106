import {
  createTopicPreparation,
  createTransactionalProducer as createCoreProducer,
  type Driver,
  fail,
  type Logger,
  resolveName,
  resolveOptions,
  silentLogger,
  type TransactionalProducer as CoreProducer,
  type TransactionalProducerOptionsInput,
  transactionalProducerOptions,
  type TransactionalSender,
} from '@millrace/core'
import { openSending } from './environment/open-sending.js'
import type { Env } from './environment/variables.js'
import type { KafkaOptions } from './kafka-options.js'

/** How a transactional producer sends, and where. Where the environment says something else than an option, the environment counts. */
export interface TransactionalProducerOptions extends TransactionalProducerOptionsInput {
  /** Stands for one producer: whoever opens the same id later fences this one. One per running process. */
  readonly transactionalId: string
  readonly kafka?: KafkaOptions
  /** Put in front of the names of topics, as the worker's `topicPrefix` is. */
  readonly topicPrefix?: string
  readonly logger?: Logger
  /** Another driver instead of Kafka. The producer closes it. */
  readonly driver?: Driver
  readonly env?: Env
}

/** Sends records of several topics together: a `read_committed` reader sees all of a transaction, or nothing of it. */
export interface TransactionalProducer extends CoreProducer {
  /** Aborts what is open, and closes its connections. Idempotent. */
  close(): Promise<void>
}

/**
 * Makes a transactional producer, with connections of its own. It connects at the first `transaction`, and again at a later
 * one when that failed. Close it when its owner stops. For a handler whose outputs belong to its input use `@Transform`.
 * @throws MillraceError `MILLRACE_CONFIG_INVALID`, `MILLRACE_OPTIONS_INVALID`, each with all faults at once
 */
export function createTransactionalProducer(options: TransactionalProducerOptions): TransactionalProducer {
  const { transactionalId, kafka = {}, topicPrefix = '', logger, driver: given, env = process.env, ...plain } = options
  const { value, problems } = resolveOptions(transactionalProducerOptions, plain, 'createTransactionalProducer')
  const inId = typeof transactionalId === 'string' && transactionalId.trim() !== '' ? [] : [noId]
  if (problems.length + inId.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems: [...inId, ...problems] })
  const driver = openSending({ env, kafka, logger, driver: given })

  let opening: Promise<TransactionalSender> | undefined
  const closed = new AbortController()
  const open = (signal: AbortSignal): Promise<TransactionalSender> => {
    if (closed.signal.aborted) return Promise.reject(fail('MILLRACE_PRODUCE_CLOSED', {}))
    const either = AbortSignal.any([signal, closed.signal])
    opening ??= driver.openTransactions({ ...value, transactionalId }, either).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const end = async (): Promise<void> => {
    closed.abort(fail('MILLRACE_PRODUCE_CLOSED', {}))
    try {
      const sender = await opening?.catch(() => undefined) // whoever began a transaction was told that it did not open
      await sender?.close()
    } finally {
      await driver.close()
    }
  }

  const producer = createCoreProducer({
    transactionalId,
    open,
    nameOf: ({ name }) => topicPrefix + resolveName(name, env),
    prepare: createTopicPreparation({ env, logger: logger ?? silentLogger }, closed.signal),
  })
  let closing: Promise<void> | undefined
  return {
    transaction: (run, limits) => producer.transaction(run, limits),
    close: () => (closing ??= end()),
  }
}

const noId = {
  where: 'createTransactionalProducer: transactionalId',
  problem: 'is missing or empty',
  fix: 'pass an id of its own for each running process, such as the name of its pod',
}
