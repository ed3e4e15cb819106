export {
  type BrokerControl,
  type BrokerUnavailable,
  type BrokerUnderTest,
  isUnavailable,
  type ProcessControl,
} from './brokers/broker-under-test.js'
export { type BrokerNeed, brokerNeeds } from './brokers/broker-needs.js'
export { type EmbeddedBroker, type EmbeddedBrokerOptions, startEmbeddedBroker } from './brokers/embedded-broker.js'
export { externalBrokersVariable, findExternalBroker } from './brokers/external-broker.js'
export { type JvmBroker, type JvmBrokerOptions, type JvmOptions, startJvmBroker } from './brokers/jvm-broker.js'
export { type JvmCluster, type JvmClusterOptions, startJvmCluster } from './brokers/jvm-cluster.js'
export type { Acl, ClusterAdmin, QuotaEntity } from './brokers/cluster-admin.js'
export {
  type CommittedOffset,
  type ConfigChanges,
  createKafkaAdmin,
  type GroupDescription,
  type GroupMember,
  type KafkaAdmin,
  type OffsetsOptions,
  type TopicOptions,
  type TopicState,
} from './brokers/kafka-admin.js'
export { kafkaVersion, kafkaVersionVariable, wantedKafkaVersion } from './brokers/kafka-jars.js'
export type { ExtraListener } from './brokers/kafka-properties.js'
export { launchBroker, type LaunchOptions } from './brokers/launch-broker.js'
export {
  type OwnBroker,
  type OwnBrokerBehindProxy,
  type OwnBrokerOptions,
  type OwnBrokers,
  ownBrokersLike,
} from './brokers/own-broker.js'
export {
  openSharedBroker,
  type SharedBroker,
  type SharedBrokerAddress,
  type SharedBrokerPlace,
  type StartedSharedBroker,
  startSharedBroker,
} from './brokers/shared-broker.js'
export { TestKitError, type TestKitErrorCode } from './brokers/test-kit-error.js'
export { startTestcontainersBroker } from './brokers/testcontainers-broker.js'
export { uniqueName } from './brokers/unique-name.js'
export { type Apicurio, type ApicurioOptions, startApicurio } from './registry/start-apicurio.js'
export type { FixtureRecord, PartitionOffset } from './reader/fixture-record.js'
export {
  createProbe,
  type Pace,
  type PaceOptions,
  type Probe,
  type ProbeRecord,
  type ProduceOptions,
  type ReadOptions,
  type SeenTransaction,
  type Tail,
  type TailOptions,
} from './reader/probe.js'
export type { CallLimits } from './reader/probe-connection.js'
export type { RunningProbe } from './reader/running-probe.js'
export { type ProbeOptions, startJavaProbe } from './reader/start-java-probe.js'
export { startWireProbe } from './reader/wire/start-wire-probe.js'
export type { TransactionalOptions, TransactionalProducer } from './reader/transactional-producer.js'
export type { ApiName } from './proxy/api-names.js'
export {
  type BrokerBehindProxy,
  type ClusterBehindProxy,
  startBrokerBehindProxy,
  startClusterBehindProxy,
} from './proxy/broker-behind-proxy.js'
export type { Fault, Which } from './proxy/fault.js'
export { type DropOptions, type FaultProxy, type FaultProxyOptions, openFaultProxy } from './proxy/fault-proxy.js'
export type { SeenFrame, WatchOptions } from './proxy/watch-frames.js'
export { createManualClock, type ManualClock } from './scripted/manual-clock.js'
export { createScriptedDriver, type ScriptedDriver, type ScriptedDriverOptions } from './scripted/scripted-driver.js'
export type { ScriptedFaults } from './scripted/scripted-faults.js'
export type { StoredCommit } from './scripted/scripted-group.js'
export type { EndedTransaction } from './scripted/scripted-transactions.js'
export type { ScriptedHeaders, ScriptedRecord } from './scripted/scripted-record.js'
export type { ScriptedTopicOptions, StoredRecord } from './scripted/scripted-topics.js'
export { announce, type Announcement, endWithTest } from './harness/announce.js'
export { readRunLogs } from './harness/read-run-logs.js'
export { machineNowMs, type RunFacts, type RunLine } from './harness/run-line.js'
export { logged, openRunLog, type RunLog } from './harness/run-log.js'
export {
  createWorkerHarness,
  runLogVariable,
  type WorkerHarness,
  workerNameVariable,
} from './harness/worker-harness.js'
export { spawnWorker, type SpawnWorkerOptions, type WorkerExit, type WorkerProcess } from './harness/worker-process.js'
export { checkCommits } from './oracles/check-commits.js'
export { checkDeadLetters, type OriginalRecord } from './oracles/check-dead-letters.js'
export { checkDuplicates, type Cut, duplicatesIn, redoneIn } from './oracles/check-duplicates.js'
export { checkExpectedSets } from './oracles/check-expected-sets.js'
export { checkLedger } from './oracles/check-ledger.js'
export { checkNoAborted } from './oracles/check-no-aborted.js'
export { checkNoOverlap, overlapsAcrossGenerations } from './oracles/check-no-overlap.js'
export { checkNothingLost } from './oracles/check-nothing-lost.js'
export { checkOrder } from './oracles/check-order.js'
export { checkOutputs, type ExpectedOutput, type ReadRecord } from './oracles/check-outputs.js'
export {
  checkProgress,
  type Disturbance,
  longestQuietStall,
  type ProgressLimits,
  progressShare,
  type ShareOptions,
  type StallBehind,
  stallsBehind,
} from './oracles/check-progress.js'
export { checkRun, type CheckRunOptions } from './oracles/check-run.js'
export { checkSameView } from './oracles/check-same-view.js'
export {
  checkTransactionsFinished,
  type SeenEnd,
  type TransactionState,
} from './oracles/check-transactions-finished.js'
export {
  type Evidence,
  type LaneBy,
  type PartitionEnd,
  placeOf,
  type RecordBytes,
  type RecordKind,
  type SeenCommit,
  type SeenDeadLetter,
  type SentRecord,
  type Violation,
} from './oracles/evidence.js'
export { pairRuns, type Run } from './oracles/runs.js'
export { type Stall, stallsIn } from './oracles/stalls.js'
export {
  badKeyPatterns,
  badKeys,
  badValues,
  brokenJsonValues,
  brokenRegistryValues,
  keysEqualAsText,
  oddJsonValues,
  valuesAround,
} from './bad-input/bad-bytes.js'
export {
  badBehaviours,
  type BadEnd,
  type BadHandler,
  type BadHandlerContext,
  badHandlers,
  badThrows,
} from './bad-input/bad-handlers.js'
export { badHeaderLists, badHeaderNames, badHeaderValues } from './bad-input/bad-headers.js'
export type { BadInput } from './bad-input/bad-input.js'
export {
  collidingDerivations,
  collidingTopicNames,
  illegalTopicNames,
  oddGroupNames,
  oddTopicNames,
} from './bad-input/bad-names.js'
export {
  badCounts,
  badDurations,
  brokerLists,
  contradictoryOptions,
  unknownOptionNames,
} from './bad-input/bad-options.js'
export { badAttempts, badDueTimes, edgeOffsets, edgeTimestamps } from './bad-input/bad-positions.js'
export { type TestMessage, type TestWorker, testWorker, type TestWorkerOptions } from './test-worker.js'
export type { ReadDeadLetter } from './test-worker/read-dead-letter.js'
export {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeyAndCertificate,
} from './security/certificates.js'
export {
  type SecuredBroker,
  type SecuredListener,
  securedUsers,
  shortSessionMs,
  startSecuredBroker,
} from './security/secured-broker.js'
export { unsecuredToken, type UnsecuredTokenOptions } from './security/unsecured-token.js'
