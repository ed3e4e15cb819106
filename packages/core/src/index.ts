export { type BrakeOptionsInput, brakeOptions } from './declare/brake-options.js'
export { buildPlan, type PlanOptions } from './declare/build-plan.js'
export type { ConsumerClass } from './declare/consumer-class.js'
export { Consumer } from './declare/consumer.js'
export {
  type ConsumerDefinition,
  defineConsumer,
  type FunctionHandleOptions,
  type FunctionTransformOptions,
  handle,
  type HandlerDefinition,
  transform,
  type TransformDefinition,
} from './declare/define-consumer.js'
export { type EnvName, fromEnv, resolveName } from './declare/env-name.js'
export type { ExhaustionPlan } from './declare/exhaustion.js'
export { type ConsumerOptions, consumerOptions, type HandleOptions, policyOptions } from './declare/handle-options.js'
export { Handle, type HandleDecorator, type HandlerMethod } from './declare/handle.js'
export type { HandlerInstances, InstanceBinding, MessageScope } from './declare/handler-instances.js'
export type { ProducerSource } from './declare/producer-source.js'
export type { AbortReason, MessageContext, MessageHeaders } from './declare/message-context.js'
export type { Middleware } from './declare/middleware.js'
export { orAborted } from './observe/or-aborted.js'
export { isOutage, outage } from './observe/outage.js'
export type {
  Delivery,
  GroupPlan,
  HandlerPlan,
  Plan,
  RoutePlan,
  SinkPlan,
  TopicPlan,
  TransformPlan,
} from './declare/plan.js'
export { customRetry, type CustomRetryOptionsInput, customRetryOptions } from './declare/retry/custom-retry.js'
export type { DeclaredRetry } from './declare/retry/declared-retry.js'
export { exponential } from './declare/retry/exponential.js'
export { fixed, type FixedRetryOptionsInput, fixedRetryOptions } from './declare/retry/fixed.js'
export type { FailedAttempt, RetryPolicy } from './declare/retry-policy.js'
export {
  type AllCondition,
  allOf,
  type AnyCondition,
  anyOf,
  type Condition,
  type HeaderCondition,
  headerIs,
  type Otherwise,
  otherwise,
  type RouteCondition,
} from './declare/routing/condition.js'
export { type FieldCondition, fieldIs, type FieldValue } from './declare/routing/field-condition.js'
export { printCondition } from './declare/routing/print-condition.js'
export type { RoutedMessage, RouteOption } from './declare/routing/routed-message.js'
export { everyHandler } from './every-handler.js'
export type { Serde, SerdeContext, SerdeUse } from './declare/serde.js'
export { bytes } from './declare/serdes/bytes.js'
export { json } from './declare/serdes/json.js'
export { utf8 } from './declare/serdes/utf8.js'
export { type AnyTopic, type ReceivedMessage, type Topic, topic, type TopicFormat } from './declare/topic.js'
export { Transform, type TransformDecorator } from './declare/transform.js'
export type { TransformOptions } from './declare/transform-options.js'
export type {
  Output,
  OutputMessage,
  SinkOf,
  Sinks,
  TransformContext,
  TransformMethod,
  TransformResult,
} from './declare/transform-types.js'
export { DeadLetter, DependencyDown, RetryAfter, Skip } from './declare/verdict.js'
export { type Problem } from './error-entry.js'
export { type ErrorCode, errorCatalogue } from './errors.js'
export { fail, isMillraceError, MillraceError } from './millrace-error.js'
export { type Clock, systemClock, type Timer, waitOn } from './observe/clock.js'
export { errorFingerprint } from './settle/error-fingerprint.js'
export type {
  BrakeRelease,
  DriverEvent,
  EventCatalogue,
  EventName,
  EventOf,
  Events,
  FailureStage,
  HoldReason,
  LeaseEnd,
  MillraceEvent,
  OversizeResolution,
  PauseReason,
  StalledPartition,
} from './observe/events.js'
export type {
  AttemptedHandler,
  AttemptedRecord,
  AttemptEnd,
  RecordInstrument,
  RecordTrace,
} from './observe/instrument.js'
export type {
  OperatorVerb,
  PartitionSelection,
  SeekTo,
  SoughtPartition,
  WorkerControl,
} from './observe/control.js'
export type { GroupDescription, HandlerDescription, WorkerDescription } from './observe/description.js'
export type { ObservedWorker } from './observe/observed-worker.js'
export type {
  Blockage,
  DecidedSnapshot,
  GroupSnapshot,
  HandlerTotals,
  InFlightCounts,
  LaneSnapshot,
  LedgerCounts,
  PartitionSnapshot,
  RecordDoing,
  TransactionCounts,
  WorkerSnapshot,
  WorkerState,
} from './observe/snapshot.js'
export { type Logger, silentLogger } from './observe/logger.js'
export type { DeliveryReport, OutgoingRecord, Sender } from './produce/sender.js'
export type { Transaction, TransactionalSender } from './produce/transactional-sender.js'
export type {
  Driver,
  DriverCapabilities,
  Lease,
  LeaseCommit,
  LogPlace,
  Member,
  MemberEvents,
  MemberOptions,
  SenderOptions,
  TopicDescription,
  TransactionOptions,
} from './receive/driver.js'
export type { Position, RawHeader, RawRecord, ReceivedBatch } from './receive/record.js'
export { type ByteSize, type Duration, parseDuration, toMs } from './option-kinds.js'
export { type Option, type OptionTable, resolveOptions } from './option.js'
export {
  handlerOptions,
  producerOptions,
  retryOptions,
  transactionalProducerOptions,
  transformOptions,
  workerOptions,
} from './options.js'
export type { ResolvedProducerOptions } from './options.js'
export type {
  HandlerOptionsInput,
  ProducerOptionsInput,
  RetryOptionsInput,
  TransactionalProducerOptionsInput,
  TransformOptionsInput,
  WorkerOptionsInput,
} from './options-input.js'
export type { LifecycleHook } from './assemble/lifecycle.js'
export { type OnceStore, memoryOnceStore, onlyOnce } from './process/only-once.js'
export { createLazySender } from './produce/lazy-sender.js'
export {
  type ClosableProducer,
  createProducer,
  type MessageOf,
  type Producer,
  type ProducerMessage,
  type ProducerSurroundings,
} from './produce/producer.js'
export { type DeliveryResults, isPartialSend, type PartialSendError } from './produce/send-many.js'
export { createTopicPreparation, type PrepareTopic } from './produce/serde-preparation.js'
export {
  createTransactionalProducer,
  type ProducerTransaction,
  type TransactionalProducer,
} from './produce/transactional-producer.js'
export { type ProcessHost, type RunOptions, runWorker } from './assemble/run-worker.js'
export type { StopReport, Worker, WorkerOptions } from './assemble/worker-contract.js'
export { createWorker } from './worker.js'
