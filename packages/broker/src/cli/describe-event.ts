import type { BrokerEvent } from '../observe/broker-events.js'

/** One line for people; undefined for what `record-counts.ts` counts and tells from time to time. */
export function describeEvent(event: BrokerEvent): string | undefined {
  switch (event.kind) {
    case 'broker.started':
      return `listening on ${event.bootstrapServers.join(', ')}`
    case 'broker.stopped':
      return 'stopped'
    case 'topic.created':
      return `topic ${event.topic} created with ${partitions(event.partitions)}`
    case 'topic.extended':
      return `topic ${event.topic} has ${partitions(event.partitions)} now`
    case 'topic.deleted':
      return `topic ${event.topic} deleted`
    case 'topic.configured':
      return `topic ${event.topic} configured`
    case 'log.truncated':
      return `${event.topic}[${event.partition}] begins at ${event.startOffset} now (${event.reason})`
    case 'memory.full':
      return `the logs hold all that they may, ${event.limitBytes} bytes: records are refused; --memory allows more`
    case 'connection.opened':
      return `connection ${event.connectionId} from ${event.client}`
    case 'connection.closed':
      return `connection ${event.connectionId} closed${closings[event.reason]}`
    case 'request.failed':
      return `${event.api} v${event.apiVersion} on connection ${event.connectionId} failed: ${String(event.error)}`
    case 'records.appended':
    case 'offsets.committed':
    case 'transaction.marked':
    case 'request.answered':
      return undefined
    default:
      return describeMembership(event)
  }
}

type GroupOrTransactionEvent = Extract<
  BrokerEvent,
  { kind: `group.${string}` | `member.${string}` | `transaction.${string}` | `producer.${string}` }
>

function describeMembership(event: Exclude<GroupOrTransactionEvent, { kind: 'transaction.marked' }>): string {
  switch (event.kind) {
    case 'group.changed':
      return `group ${event.groupId}: ${event.state}, generation ${event.generation}, ${count(event.members, 'member')}`
    case 'group.deleted':
      return `group ${event.groupId} deleted`
    case 'member.joined':
    case 'member.left':
    case 'member.expired':
      return `group ${event.groupId}: ${event.memberId} ${event.kind.slice('member.'.length)}`
    case 'transaction.begun':
    case 'transaction.expired':
      return `transaction ${event.transactionalId} ${event.kind.slice('transaction.'.length)}, ${producer(event)}`
    case 'transaction.ended':
      return `transaction ${event.transactionalId} ${event.committed ? 'committed' : 'aborted'}, ${producer(event)}`
    case 'producer.fenced':
      return `transactional id ${event.transactionalId} fenced, ${producer(event)}`
  }
}

const closings = {
  client: '',
  protocol: ': what it sent is nothing that this broker answers',
  handler: ': its request could not be answered otherwise',
  fault: ' by the fault plan',
  stalled: ': it did not read its answers',
  broker: ' by the broker',
} as const

const producer = ({ producerId, producerEpoch }: { producerId: bigint; producerEpoch: number }): string =>
  `producer ${producerId} epoch ${producerEpoch}`

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
const partitions = (number: number): string => count(number, 'partition')
