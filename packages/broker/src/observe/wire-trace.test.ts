import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { callOf, fetchFrom } from '../faults/test-support/calls.js'
import { apis } from '../protocol/apis.js'
import { wireText } from './wire-text.js'
import { createWireTrace, type WireTraceOptions } from './wire-trace.js'

function setup(options: Partial<WireTraceOptions> = {}) {
  const clock = createVirtualClock({ startMs: 5_000 })
  const trace = createWireTrace({ clock, ...options })
  return { clock, trace }
}

const heartbeat = (correlationId: number) =>
  callOf('Heartbeat', { groupId: 'g', generationId: 3, memberId: 'm' }, { correlationId })

describe('createWireTrace', () => {
  it('writes one line per request: when, who, what, the answer, how long it took', async () => {
    const { clock, trace } = setup()
    trace.start()
    await clock.advance(250)
    const call = heartbeat(7)
    trace.arrived(call)
    await clock.advance(40)
    trace.finished(call, { kind: 'answered', body: { throttleTimeMs: 0, errorCode: 27 } })
    expect(String(trace)).toBe(
      '+0.250s #1.7 app-1 Heartbeat 3 { groupId: "g", generationId: 3, memberId: "m" } -> { errorCode: 27 REBALANCE_IN_PROGRESS } (40 ms)',
    )
  })

  it('is off until it is started, and keeps what it has when it is stopped', () => {
    const { trace } = setup()
    const say = () => {
      const call = heartbeat(1)
      trace.arrived(call)
      trace.finished(call, { kind: 'answered', body: {} })
    }
    say()
    expect(trace.lines()).toEqual([])
    trace.start()
    say()
    trace.stop()
    say()
    expect(trace.isOn).toBe(false)
    expect(trace.lines()).toHaveLength(1)
    trace.start()
    expect(trace.lines()).toEqual([])
  })

  it.each([
    ['unanswered', 'no answer'],
    ['closed', 'closed'],
    ['abandoned', 'abandoned'],
  ] as const)('says what became of a request that was %s', (kind, text) => {
    const { trace } = setup()
    trace.start()
    const call = callOf('ListGroups', {}, { correlationId: 1 })
    trace.arrived(call)
    trace.finished(call, { kind })
    expect(trace.lines({ times: false })).toEqual([`#1.1 app-1 ListGroups 5 {} -> ${text}`])
  })

  it('shows what still waits behind what is finished', () => {
    const { trace } = setup()
    trace.start()
    const [first, second] = [callOf('ListGroups', {}, { correlationId: 1, clientId: '' }), heartbeat(2)]
    trace.arrived(first)
    trace.arrived(second)
    trace.finished(second, { kind: 'answered', body: { errorCode: 0 } })
    expect(trace.lines({ times: false })).toEqual([
      '#1.2 app-1 Heartbeat 3 { groupId: "g", generationId: 3, memberId: "m" } -> {}',
      '#1.1 - ListGroups 5 {} -> waiting',
    ])
  })

  it('names the faults that struck', () => {
    const { trace } = setup({ strikesOf: () => ["on('Heartbeat').close()"] })
    trace.start()
    const call = heartbeat(1)
    trace.arrived(call)
    trace.finished(call, { kind: 'closed' })
    expect(String(trace)).toContain("-> closed ! on('Heartbeat').close()")
  })

  it('keeps the newest lines', () => {
    const { trace } = setup({ maxLines: 3 })
    trace.start()
    for (let id = 1; id <= 5; id += 1) {
      const call = heartbeat(id)
      trace.arrived(call)
      trace.finished(call, { kind: 'unanswered' })
    }
    expect(trace.lines().map((line) => /#1\.(\d)/.exec(line)?.[1])).toEqual(['3', '4', '5'])
  })

  it('keeps a hostile client name on its line', () => {
    const { trace } = setup()
    trace.start()
    trace.arrived(callOf('ListGroups', {}, { clientId: 'a\nb c', correlationId: 1 }))
    expect(trace.lines({ times: false })).toEqual(['#1.1 "a\\nb c" ListGroups 5 {} -> waiting'])
  })
})

describe('wireText', () => {
  const { fields } = apis.Produce.request
  const batch = (records: number, bytes: number) => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeInt32BE(bytes - 12, 8)
    buffer.writeInt32BE(records, 57)
    return buffer
  }
  const produce = (records: Buffer) => ({ acks: 1, topicData: [{ name: 'a', partitionData: [{ index: 0, records }] }] })

  it.each([
    ['one batch', batch(3, 100), '<1 batch, 3 records, 100 bytes>'],
    ['several', Buffer.concat([batch(3, 100), batch(1, 70)]), '<2 batches, 4 records, 170 bytes>'],
    [
      'a batch that is cut off',
      Buffer.concat([batch(3, 100), batch(9, 90).subarray(0, 80)]),
      '<1 batch, 3 records, 180 bytes>',
    ],
    ['garbage', Buffer.alloc(200), '<0 batches, 0 records, 200 bytes>'],
  ])('counts %s', (_what, records, text) => {
    expect(wireText(fields, produce(records), 1_000)).toContain(text)
  })

  it('leaves out what says nothing, and never what does', () => {
    expect(wireText(fields, { ...produce(batch(1, 61)), transactionalId: null, timeoutMs: 0 }, 1_000)).toBe(
      '{ acks: 1, topicData: [{ name: "a", partitionData: [{ index: 0, records: <1 batch, 1 record, 61 bytes> }] }], timeoutMs: 0 }',
    )
  })

  it('counts bytes that it does not show', () => {
    const { fields: sasl } = apis.SaslAuthenticate.request
    expect(wireText(sasl, { authBytes: Buffer.from('secret') }, 100)).toBe('{ authBytes: <6 bytes> }')
  })

  it('cuts long lists and long lines', () => {
    const call = fetchFrom({ a: Array.from({ length: 60 }, (_, index) => index) })
    const text = wireText(apis.Fetch.request.fields, call.request, 100_000)
    expect(text).toContain('... 10 more]')
    expect(wireText(apis.Fetch.request.fields, call.request, 50)).toBe(
      `${text.slice(0, 50)}... (${text.length} characters)`,
    )
  })
})
