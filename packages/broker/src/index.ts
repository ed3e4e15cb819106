/** A broker inside a Node process that speaks Kafka's protocol: for development and tests. */
export {
  type BrokerOptions,
  BrokerOptionsError,
  type GroupOptions,
  type ListenerOptions,
  type TopicOptions,
  type TransactionOptions,
} from './broker-options.js'
export type { Clock, CancelTimer } from './clock/clock.js'
export { systemClock } from './clock/system-clock.js'
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from './clock/virtual-clock.js'
export type { BrokerControl, Held } from './control/broker-control.js'
export type { ConditionName, Conditions } from './control/conditions.js'
export { BrokerControlError, type BrokerControlErrorCode } from './control/control-error.js'
export type { Inspection, TopicView } from './control/inspection.js'
export type { LogView, MarkerView, RecordView } from './control/log-view.js'
export type { BrokerSnapshot } from './control/snapshot.js'
export type { Until, UntilOptions } from './control/until.js'
export type { Duration } from './faults/duration.js'
export { FaultError, type FaultErrorCode } from './faults/fault-error.js'
export type { Call } from './faults/fault-gate.js'
export { type FaultPlan, type FaultPlanData, type FaultSource, faultPlan, parseFaultPlan } from './faults/fault-plan.js'
export type { FaultAction, FaultKind, FaultRule } from './faults/fault-rule.js'
export type { AddedFaults, Faults } from './faults/faults.js'
export type { FaultPredicate } from './faults/match-rule.js'
export { type Fault, type FaultActions, type FaultMatch, type FaultMatchOnly, on } from './faults/on.js'
export { randomFaultPlan, type RandomPlanOptions } from './faults/random-fault-plan.js'
export type { GroupView, MemberView, OffsetView } from './groups/group-view.js'
export type { BrokerEvent, BrokerListener } from './observe/broker-events.js'
export type { WireTrace } from './observe/wire-trace.js'
export type { ConnectionView } from './server/broker-server.js'
export type { SocketFactory } from './server/memory-sockets.js'
export { type Broker, startBroker } from './start-broker.js'
export type { TransactionView } from './transactions/transaction-view.js'
