/** A broker inside a Node process that speaks Kafka's protocol: for development and tests. */
export { type BrokerOptions, BrokerOptionsError, type GroupOptions, type TopicOptions, type TransactionOptions } from './broker-options.js'
export type { Clock, CancelTimer } from './clock/clock.js'
export { systemClock } from './clock/system-clock.js'
export type { BrokerEvent, BrokerListener } from './observe/broker-events.js'
export type { ConnectionView } from './server/broker-server.js'
export type { SocketFactory } from './server/memory-sockets.js'
export { type Broker, startBroker } from './start-broker.js'
