import { describe, expect, it } from 'vitest'
import type { JoinAnswer } from '../groups/group-event.js'
import type { JoinRequest } from '../groups/group-requests.js'
import { Parked } from './answer.js'
import { createJoinGroupHandler } from './join-group.js'

const request = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  memberId: 'm',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
}

function setup(apiVersion: number) {
  const joins: { request: JoinRequest; answer: (answer: JoinAnswer) => void }[] = []
  const handle = createJoinGroupHandler({ groups: { join: (one, answer) => joins.push({ request: one, answer }) } })
  const answer = handle(request, { apiVersion, clientId: 'app', clientHost: '/127.0.0.1' })
  return { answer, joined: joins[0] }
}

describe('JoinGroup', () => {
  it.each([
    // version, rebalance timeout, is given an id first
    [0, 10_000, false],
    [3, 60_000, false],
    [4, 60_000, true],
    [5, 60_000, true],
  ])('version %i has a rebalance timeout of %i, and an id first: %s', (version, rebalanceTimeoutMs, needsKnownId) => {
    const { joined } = setup(version)
    expect(joined?.request).toMatchObject({
      rebalanceTimeoutMs,
      needsKnownId,
      clientId: 'app',
      clientHost: '/127.0.0.1',
    })
  })

  it('waits until the group answers', () => {
    const { answer, joined } = setup(5)
    if (!(answer instanceof Parked)) throw new Error('not parked')
    const bodies: unknown[] = []
    answer.deliverTo((body) => bodies.push(body))
    expect(bodies).toEqual([])
    joined?.answer({ errorCode: 0, memberId: 'm', generation: 3, protocolName: 'range', leaderId: 'l', members: [] })
    expect(bodies).toEqual([
      { errorCode: 0, generationId: 3, protocolName: 'range', leader: 'l', memberId: 'm', members: [] },
    ])
  })

  it('keeps no hold on the frame it came in', () => {
    const { joined } = setup(5)
    expect(joined?.request.protocols).toEqual(request.protocols)
    expect(joined?.request.protocols[0]?.metadata).not.toBe(request.protocols[0]?.metadata)
  })
})
