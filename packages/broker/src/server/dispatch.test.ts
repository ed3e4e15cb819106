import { describe, expect, it, vi } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import type { CallOutcome, FaultVerdict } from '../faults/fault-gate.js'
import { type BrokerEvent, createBrokerEvents } from '../observe/broker-events.js'
import { decodeResponse } from '../protocol/frame.js'
import { Parked, closeConnection, noAnswer } from '../requests/answer.js'
import { apiVersions } from '../requests/api-versions.js'
import type { Handlers } from '../requests/handlers.js'
import type { Reply } from './connection.js'
import { createDispatch, type Peer } from './dispatch.js'
import { frameOf } from './test-support/raw-client.js'

const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }
/** A frame as dispatch gets it: without its length. */
const heartbeatFrame = (): Buffer => frameOf('Heartbeat', 3, heartbeat, 'billing').subarray(4)

function setup(handlers: Handlers = {}, verdict?: FaultVerdict) {
  const clock = createVirtualClock()
  const events = createBrokerEvents()
  const told: BrokerEvent[] = []
  events.subscribe((event) => void told.push(event), { requests: true })
  const outcomes: CallOutcome['kind'][] = []
  const arrived: string[] = []
  const dispatch = createDispatch({
    handlers: { ApiVersions: apiVersions, Heartbeat: () => ({ errorCode: 27 }), ...handlers },
    clock,
    events,
    faults: { before: () => verdict },
    observer: {
      arrived: ({ api, clientId }) => void arrived.push(`${api} of ${clientId}`),
      finished: (_call, outcome) => void outcomes.push(outcome.kind),
    },
  })
  const peer: Peer = { connectionId: 7, client: 'memory', clientHost: '/127.0.0.1', clientId: '' }
  const ask = (frame: Buffer): Reply | Parked<Reply> => dispatch(frame, peer)
  return { clock, told, outcomes, arrived, peer, ask }
}

const errorCodeIn = ({ bytes }: Reply): number | undefined =>
  bytes === undefined ? undefined : decodeResponse('Heartbeat', 3, bytes.subarray(4)).body.errorCode

const atOnce = (reply: Reply | Parked<Reply>): Reply => {
  if (reply instanceof Parked) throw new Error('it was parked')
  return reply
}

const header = (apiKey: number, apiVersion: number): Buffer => {
  const bytes = Buffer.alloc(10)
  bytes.writeInt16BE(apiKey, 0)
  bytes.writeInt16BE(apiVersion, 2)
  bytes.writeInt16BE(-1, 8)
  return bytes
}

describe('dispatch', () => {
  it('answers in the turn of the request, with its correlation id', () => {
    const { ask, outcomes, arrived, peer } = setup()
    const frame = heartbeatFrame()
    const reply = atOnce(ask(frame))
    expect(reply.bytes?.readInt32BE(4)).toBe(frame.readInt32BE(4))
    expect(errorCodeIn(reply)).toBe(27)
    expect(reply.next).toBe('go on')
    expect([outcomes, arrived, peer.clientId]).toEqual([['answered'], ['Heartbeat of billing'], 'billing'])
  })

  it.each([
    ['an API that nobody knows', header(999, 0)],
    ['an API of brokers among themselves', header(4, 0)],
    ['Fetch below what is accepted', header(1, 3)],
    ['Fetch above what is accepted', header(1, 99)],
    ['Produce in a version that is advertised and not accepted', header(0, 2)],
    ['a header that ends early', Buffer.from([0, 12, 0])],
    ['a body that ends early', heartbeatFrame().subarray(0, -3)],
  ])('closes on %s without a word', (_what, frame) => {
    const { ask, outcomes } = setup()
    expect(ask(frame)).toEqual({ next: { close: 'protocol' } })
    expect(outcomes).toEqual([])
  })

  it('answers ApiVersions 99 in version 0 with 35 and one entry', () => {
    const { ask } = setup()
    const reply = atOnce(ask(Buffer.concat([header(18, 99), Buffer.from([0])])))
    const { body } = decodeResponse('ApiVersions', 0, reply.bytes?.subarray(4) ?? Buffer.alloc(0))
    expect(body.errorCode).toBe(35)
    expect(body.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 3 }])
    expect(reply.next).toBe('go on')
  })

  it('ignores bytes behind a body', () => {
    const { ask } = setup()
    expect(errorCodeIn(atOnce(ask(Buffer.concat([heartbeatFrame(), Buffer.from('more')]))))).toBe(27)
  })

  it.each<[string, NonNullable<Handlers['Heartbeat']>, Reply, string]>([
    ['says nothing where the handler has no answer', () => noAnswer, { next: 'go on' }, 'unanswered'],
    ['closes where the handler wants it', () => closeConnection, { next: { close: 'handler' } }, 'closed'],
  ])('%s', (_behaviour, handler, expected, outcome) => {
    const { ask, outcomes } = setup({ Heartbeat: handler })
    expect(ask(heartbeatFrame())).toEqual(expected)
    expect(outcomes).toEqual([outcome])
  })

  it('tells a defect of a handler, closes that connection and lives on', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const broken = new Error('a defect')
    const { ask, told } = setup({
      Heartbeat: () => {
        throw broken
      },
    })
    expect(ask(heartbeatFrame())).toEqual({ next: { close: 'handler' } })
    expect(told).toContainEqual({
      kind: 'request.failed',
      connectionId: 7,
      api: 'Heartbeat',
      apiVersion: 3,
      error: broken,
    })
    expect(warned).toHaveBeenCalledWith(broken)
    warned.mockRestore()
  })

  it('parks with the handler and drops with its client', () => {
    let drops = 0
    const parked = new Parked<{ errorCode: number }>(() => (drops += 1))
    const { ask, outcomes } = setup({ Heartbeat: () => parked })
    const reply = ask(heartbeatFrame())
    expect(reply).toBeInstanceOf(Parked)
    if (reply instanceof Parked) reply.drop()
    expect([drops, outcomes]).toEqual([1, ['abandoned']])
  })

  it('delivers what was parked when it comes', async () => {
    const parked = new Parked<{ errorCode: number }>()
    const { ask, outcomes, told, clock } = setup({ Heartbeat: () => parked })
    const replies: Reply[] = []
    const reply = ask(heartbeatFrame())
    if (reply instanceof Parked) reply.deliverTo((late) => void replies.push(late))
    expect(replies).toEqual([])
    await clock.advance(40)
    parked.resolve({ errorCode: 22 })
    expect(replies.map(errorCodeIn)).toEqual([22])
    expect(outcomes).toEqual(['answered'])
    expect(told).toContainEqual(
      expect.objectContaining({ kind: 'request.answered', elapsedMs: 40, clientId: 'billing' }),
    )
  })
})

describe('dispatch and the fault plan', () => {
  it.each<[string, FaultVerdict, Reply['next'], number, string]>([
    ['closes instead', { instead: 'close' }, { close: 'fault' }, 0, 'closed'],
    ['drops instead', { instead: 'drop' }, 'go on', 0, 'unanswered'],
    ['stalls instead', { instead: 'stall' }, 'stall', 0, 'unanswered'],
    ['applies and drops the answer', { after: 'dropAnswer' }, { close: 'fault' }, 1, 'closed'],
    ['applies and swallows the answer', { after: 'swallowAnswer' }, 'go on', 1, 'unanswered'],
  ])('%s', (_behaviour, verdict, next, applied, outcome) => {
    const handler = vi.fn(() => ({ errorCode: 0 }))
    const { ask, outcomes } = setup({ Heartbeat: handler }, verdict)
    expect(ask(heartbeatFrame())).toEqual({ next })
    expect(handler).toHaveBeenCalledTimes(applied)
    expect(outcomes).toEqual([outcome])
  })

  it('answers with another body instead, unapplied', () => {
    const handler = vi.fn(() => ({ errorCode: 0 }))
    const { ask } = setup({ Heartbeat: handler }, { instead: { body: { errorCode: 16 } } })
    expect(errorCodeIn(atOnce(ask(heartbeatFrame())))).toBe(16)
    expect(handler).not.toHaveBeenCalled()
  })

  it('sends the first half of an applied answer and closes', () => {
    const { ask } = setup({}, { after: 'halfAnswer' })
    const whole = atOnce(setup().ask(heartbeatFrame())).bytes?.length ?? 0
    const reply = atOnce(ask(heartbeatFrame()))
    expect(reply.bytes?.length).toBe(Math.floor(whole / 2))
    expect(reply.next).toEqual({ close: 'fault' })
  })

  it('applies another request than the one that came', () => {
    const handler = vi.fn(() => ({ errorCode: 0 }))
    const { ask } = setup({ Heartbeat: handler }, { request: { ...heartbeat, groupId: 'other' } })
    ask(heartbeatFrame())
    expect(handler).toHaveBeenCalledWith(expect.objectContaining({ groupId: 'other' }), expect.anything())
  })

  it('edits the answer, throttles and mutes', () => {
    const edit = (body: unknown): unknown => ({ ...(body as object), throttleTimeMs: 250 })
    const { ask } = setup({}, { edit, throttleMs: 250 })
    const reply = atOnce(ask(heartbeatFrame()))
    expect(reply.muteMs).toBe(250)
    const frame = reply.bytes?.subarray(4) ?? Buffer.alloc(0)
    expect(decodeResponse('Heartbeat', 3, frame).body.throttleTimeMs).toBe(250)
  })

  it.each<[string, FaultVerdict, number]>([
    ['applies a delayed request when its time has come', { delayMs: 100 }, 0],
    ['applies at once and answers later', { answerDelayMs: 100 }, 1],
  ])('%s', async (_behaviour, verdict, appliedAtOnce) => {
    const handler = vi.fn(() => ({ errorCode: 5 }))
    const { ask, clock } = setup({ Heartbeat: handler }, verdict)
    const replies: Reply[] = []
    const reply = ask(heartbeatFrame())
    if (reply instanceof Parked) reply.deliverTo((late) => void replies.push(late))
    await clock.advance(99)
    expect([handler.mock.calls.length, replies.length]).toEqual([appliedAtOnce, 0])
    await clock.advance(1)
    expect([handler.mock.calls.length, replies.map(errorCodeIn)]).toEqual([1, [5]])
  })

  it('delays also the answer of a request that had to wait for it', async () => {
    const waiting = new Parked<{ errorCode: number }>()
    const { ask, clock, outcomes } = setup({ Heartbeat: () => waiting }, { answerDelayMs: 100 })
    const replies: Reply[] = []
    const reply = ask(heartbeatFrame())
    if (reply instanceof Parked) reply.deliverTo((late) => void replies.push(late))
    waiting.resolve({ errorCode: 5 })
    await clock.advance(99)
    expect([replies.length, outcomes]).toEqual([0, []])
    await clock.advance(1)
    expect([replies.map(errorCodeIn), outcomes]).toEqual([[5], ['answered']])
  })

  it('lets go of an answer that is delayed when its client goes', async () => {
    const waiting = new Parked<{ errorCode: number }>()
    const { ask, clock, outcomes } = setup({ Heartbeat: () => waiting }, { answerDelayMs: 100 })
    const reply = ask(heartbeatFrame())
    waiting.resolve({ errorCode: 5 })
    if (reply instanceof Parked) reply.drop()
    expect([outcomes, clock.timersWaiting]).toEqual([['abandoned'], 0])
  })

  it('never applies a delayed request whose client has gone', async () => {
    const handler = vi.fn(() => ({ errorCode: 0 }))
    const { ask, clock, outcomes } = setup({ Heartbeat: handler }, { delayMs: 100 })
    const reply = ask(heartbeatFrame())
    if (reply instanceof Parked) reply.drop()
    await clock.advance(200)
    expect(handler).not.toHaveBeenCalled()
    expect([outcomes, clock.timersWaiting]).toEqual([['abandoned'], 0])
  })

  it('drops a parked answer behind a delay', async () => {
    let drops = 0
    const { ask, clock, outcomes } = setup({ Heartbeat: () => new Parked(() => (drops += 1)) }, { delayMs: 100 })
    const reply = ask(heartbeatFrame())
    await clock.advance(100)
    if (reply instanceof Parked) reply.drop()
    expect([drops, outcomes]).toEqual([1, ['abandoned']])
  })
})

it('describes answered requests only while somebody asks for them', () => {
  const events = createBrokerEvents()
  const told: string[] = []
  events.subscribe(({ kind }) => void told.push(kind))
  const dispatch = createDispatch({
    handlers: { Heartbeat: () => ({ errorCode: 0 }) },
    clock: createVirtualClock(),
    events,
  })
  const peer: Peer = { connectionId: 1, client: 'memory', clientHost: '/127.0.0.1', clientId: '' }
  dispatch(heartbeatFrame(), peer)
  const stop = events.subscribe(({ kind }) => void told.push(kind), { requests: true })
  dispatch(heartbeatFrame(), peer)
  stop()
  dispatch(heartbeatFrame(), peer)
  expect(told).toEqual(['request.answered'])
})
