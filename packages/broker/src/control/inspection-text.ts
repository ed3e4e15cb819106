import type { GroupView } from '../groups/group-view.js'
import type { TransactionView } from '../transactions/transaction-view.js'
import type { Inspection, TopicView } from './inspection.js'
import type { LogView } from './log-view.js'

/** Of each kind of thing, so many are written out: this is read by people, in a failed test. */
const maxShown = 20

/** Topics with their offsets, groups with members and commits, transactions, connections: one line each. */
export function inspectionText(view: Inspection): string {
  return [
    ...shown('topic', view.topics, topicText),
    ...shown('group', view.groups, groupText),
    ...shown('transaction', view.transactions, transactionText),
    `connections: ${view.connections.length}`,
  ].join('\n')
}

function shown<T>(what: string, things: readonly T[], text: (thing: T) => string): string[] {
  const lines = things.slice(0, maxShown).map((thing) => `${what} ${text(thing)}`)
  if (things.length === 0) lines.push(`no ${what}s`)
  if (things.length > maxShown) lines.push(`... and ${things.length - maxShown} more ${what}s`)
  return lines
}

const topicText = ({ name, partitions }: TopicView): string =>
  `${name}: ${listed(partitions, (log) => `${log.partition} ${logText(log)}`) || 'no partitions'}`

/** Start and end; the stable offset where it differs from the end. */
export const logText = ({ startOffset, endOffset, stableOffset }: LogView): string =>
  `[${startOffset}, ${endOffset})${stableOffset === endOffset ? '' : ` stable ${stableOffset}`}`

export function groupText({ groupId, state, generation, members, committed, pending }: GroupView): string {
  const offsets = listed(committed, ({ topic, partition, offset }) => `${topic}/${partition} ${offset}`)
  return [
    `${groupId}: ${state}, generation ${generation}`,
    members.length === 1 ? '1 member' : `${members.length} members`,
    offsets === '' ? 'nothing committed' : `committed ${offsets}`,
    ...(pending.length === 0 ? [] : [`pending ${pending.length}`]),
  ].join(', ')
}

export function transactionText({
  transactionalId,
  status,
  producerId,
  producerEpoch,
  ...rest
}: TransactionView): string {
  const partitions = listed(rest.partitions, ({ topic, partition }) => `${topic}/${partition}`)
  const producer = `producer ${producerId} epoch ${producerEpoch}`
  const held = rest.isHeld ? ', markers held' : ''
  return `${transactionalId}: ${status}, ${producer}${partitions === '' ? '' : `, ${partitions}`}${held}`
}

function listed<T>(things: readonly T[], text: (thing: T) => string): string {
  const parts = things.slice(0, maxShown).map(text)
  if (things.length > maxShown) parts.push(`... ${things.length - maxShown} more`)
  return parts.join(', ')
}
