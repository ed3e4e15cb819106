import { silentLogger } from '@millrace/core'
import { expect, it } from 'vitest'
import { TimedOut } from '../client/bounded.js'
import { type Client, createOpenClient } from '../client/open-client.js'
import type { Broker } from '../internals.js'
import { createCoordinator } from './coordinator.js'

const never = new AbortController().signal
const frozen = <Value>(): Promise<Value> => new Promise(() => undefined)

/** A client that knows these nodes, none of which ever answers. */
function clientOf(nodeIds: readonly string[]): Client {
  const connection = { brokers: ['127.0.0.1:1'], clientId: 'x', connectionTimeoutMs: 1000, requestTimeoutMs: 1000 }
  const client = createOpenClient({ ...connection, log: silentLogger }, [])()
  client.cluster.getNodeIds = () => [...nodeIds]
  client.cluster.findBroker = () => frozen<Broker>()
  client.cluster.refreshMetadata = () => frozen<void>()
  return client
}

it.each([
  ['nodes that are frozen', ['1', '2']],
  ['no node at all', []],
])('a look-up among %s ends at its limit', async (_which, nodeIds) => {
  const finding = createCoordinator(clientOf(nodeIds), 'billing').find(150, never)
  await expect(finding).rejects.toBeInstanceOf(TimedOut)
})

it.each([
  ['nodes that are frozen', ['1', '2']],
  ['no node at all', []],
])('a look-up among %s ends with its signal', async (_which, nodeIds) => {
  const over = new AbortController()
  const finding = createCoordinator(clientOf(nodeIds), 'billing').find(60_000, over.signal)
  over.abort(new Error('over'))
  await expect(finding).rejects.toThrow('over')
})
