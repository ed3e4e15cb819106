import { type Driver, silentLogger } from '@millrace/core'
import type { ConnectionOptions } from './client/connection-options.js'
import { type Client, createOpenClient } from './client/open-client.js'
import { describeTopics } from './describe-topics.js'
import type { Guard } from './guards/guard.js'
import type { KafkajsDriverOptions } from './kafkajs-driver-options.js'
import type { LeaseHolders } from './member/lease-holder.js'
import { GroupMember } from './member/group-member.js'
import { createSubscriptionAssigners, type Ownership } from './member/subscription-assigner.js'
import { openSender } from './produce/open-sender.js'
import { openTransactions } from './transact/open-transactions.js'
import { resolveDecodeLimits } from './wire/decode-limits.js'

const CONNECTION_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CONNECT_LIMIT_MS = 20_000
const METADATA_MAX_AGE_MS = 30_000
const CLOSED = 'the driver is closed'

/** `createKafkajsDriver` with its guards as a parameter, so that a test can leave one out and see what it holds. */
export function createGuardedDriver(options: KafkajsDriverOptions, guards: readonly Guard[]): Driver {
  const log = (options.logger ?? silentLogger).child({ driver: 'kafkajs' })
  const connection = connectionOf(options, log)
  const { brokers } = connection
  const { partitioners = {} } = options
  const limits = resolveDecodeLimits(options.limits)
  const openClient = createOpenClient(connection, guards)
  const connectLimitMs = options.connectLimitMs ?? CONNECT_LIMIT_MS
  const metadataMaxAgeMs = options.metadataMaxAgeMs ?? METADATA_MAX_AGE_MS
  const holders: LeaseHolders = new WeakMap()
  const lookUps = new Map<Client, AbortController>()

  return {
    name: 'kafkajs',
    capabilities: { transactions: true, staticMembership: true },
    async describeTopics(names, signal) {
      const client = openClient()
      const closing = new AbortController()
      lookUps.set(client, closing)
      try {
        const either = AbortSignal.any([signal, closing.signal])
        return await describeTopics(client, names, { brokers, limitMs: connectLimitMs, signal: either })
      } finally {
        lookUps.delete(client)
        await client.close()
      }
    },
    join(member, events) {
      const ownership: Ownership = { claim: undefined }
      const client = openClient({
        groupId: member.group,
        sessionTimeout: member.sessionTimeoutMs,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        heartbeatInterval: member.heartbeatIntervalMs,
        assigners: createSubscriptionAssigners(ownership),
      })
      const settings = { brokers, limits, connectLimitMs, metadataMaxAgeMs }
      return new GroupMember({ client, ownership, holders, ...settings, options: member, events, log })
    },
    openSender: (sender) => openSender({ openClient, logger: log, partitioners }, sender),
    openTransactions: (transactions, signal) =>
      openTransactions(
        { openClient, logger: log, partitioners, holders, brokers, connectLimitMs },
        transactions,
        signal,
      ),
    async close() {
      for (const closing of lookUps.values()) closing.abort(new Error(CLOSED))
      await Promise.all([...lookUps.keys()].map((client) => client.close()))
    },
  }
}

function connectionOf(options: KafkajsDriverOptions, log: ConnectionOptions['log']): ConnectionOptions {
  return {
    brokers: options.brokers,
    clientId: options.clientId ?? 'millrace',
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    connectionTimeoutMs: options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    log,
  }
}
