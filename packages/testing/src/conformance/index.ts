export type {
  ClusterRecord,
  ClusterView,
  CommittedAt,
  PartitionAt,
  PendingOffsets,
  StoredClusterRecord,
  WriteOptions,
} from './cluster-view.js'
export type { ConformanceHarness, HarnessLimits } from './harness.js'
export { createScriptedHarness, type ScriptedHarnessOptions } from './in-memory/scripted-harness.js'
export { createKafkaHarness, type KafkaHarnessOptions } from './kafka/kafka-harness.js'
export { type JoinOptions, outcomeOf, type RuleRig, type TopicNeeds } from './rig.js'
export type { ConformanceRule, Need } from './rule.js'
export { conformanceRules } from './rules.js'
export { runRule, type RunRuleOptions, type RuleVerdict } from './run-rule.js'
