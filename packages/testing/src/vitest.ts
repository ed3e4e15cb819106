export { type BrokerNeed, brokerNeeds } from './brokers/broker-needs.js'
export { brokerTest } from './brokers/broker-test.js'
export { describeWithBroker, type SuiteBroker, type SuiteOptions } from './brokers/describe-with-broker.js'
export { describeWithRegistry, type SuiteRegistry } from './registry/describe-with-registry.js'
