import type { BrokerOptions } from '@millrace/broker'
import { TestKitError } from './test-kit-error.js'

type Setting = (value: string, options: BrokerOptions) => BrokerOptions

const ofGroups =
  (name: keyof NonNullable<BrokerOptions['groups']>): Setting =>
  (value, options) => ({ ...options, groups: { ...options.groups, [name]: Number(value) } })
const ofTransactions =
  (name: keyof NonNullable<BrokerOptions['transactions']>): Setting =>
  (value, options) => ({ ...options, transactions: { ...options.transactions, [name]: Number(value) } })

/** Kafka's broker settings that the embedded broker has, by Kafka's names. */
const settings: Readonly<Record<string, Setting>> = {
  'auto.create.topics.enable': (value, options) => ({ ...options, autoCreateTopics: value === 'true' }),
  'num.partitions': (value, options) => ({ ...options, defaultPartitions: Number(value) }),
  'group.initial.rebalance.delay.ms': ofGroups('initialRebalanceDelay'),
  'group.min.session.timeout.ms': ofGroups('minSessionTimeout'),
  'group.max.session.timeout.ms': ofGroups('maxSessionTimeout'),
  'group.max.size': ofGroups('maxSize'),
  'offset.metadata.max.bytes': ofGroups('offsetMetadataMaxBytes'),
  'transaction.max.timeout.ms': ofTransactions('maxTimeout'),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': ofTransactions('reaperInterval'),
}

/** Kafka's settings as options of the embedded broker; throws MILLRACE_TEST_BROKER_FAILED for what it does not have. */
export function brokerSettings(properties: Readonly<Record<string, string>>): BrokerOptions {
  const unknown = Object.keys(properties).filter((name) => settings[name] === undefined)
  if (unknown.length > 0) {
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `the embedded broker has no ${unknown.join(', ')}`)
  }
  return Object.entries(properties).reduce<BrokerOptions>(
    (options, [name, value]) => settings[name]?.(value, options) ?? options,
    {},
  )
}
