import { describe, expect, it } from 'vitest'
import { handlerPlan } from '../test-support/plans.js'
import { receivedRecord } from '../test-support/records.js'
import { findBlockage, type InspectedLane, inspectLane } from './inspect-lane.js'
import type { ReceivedRecord } from './received-record.js'

const head = (given: Partial<ReceivedRecord> = {}): ReceivedRecord => Object.assign(receivedRecord(5), given)
const run = { startedAt: 400, interrupt: () => undefined }
const inspected = (given: Partial<InspectedLane> = {}): InspectedLane => ({
  ...{ head: head(), buffered: 8, handler: 'Billing.placed', isHalted: false, isPipeline: false },
  ...{ watermark: 105n, inFlight: 8, now: 1_000 },
  ...given,
})

describe('the head of a lane', () => {
  it.each<[string, Partial<InspectedLane>, object]>([
    ['is queued until it has a slot', {}, { doing: 'queued', attempt: 1, behind: 7 }],
    ['runs since its attempt began', { head: head({ run, attempt: 2 }) }, { doing: 'running', attempt: 2, forMs: 600 }],
    [
      'waits for its retry',
      { head: head({ rest: { kind: 'waiting', sinceMs: 900 } }) },
      { doing: 'waiting', waitsFor: 'retry', forMs: 100 },
    ],
    [
      'waits for what it is held for',
      { head: head({ heldFor: 'braked', rest: { kind: 'waiting', sinceMs: 900 } }) },
      { doing: 'waiting', waitsFor: 'braked' },
    ],
    [
      'waits for the acknowledgement of its dead letter',
      { head: head({ rest: { kind: 'settling', sinceMs: 999 } }) },
      { doing: 'settling', forMs: 1 },
    ],
    ['is stuck for good', { isHalted: true }, { doing: 'halted' }],
    [
      'belongs to its route',
      { head: head({ route: handlerPlan({ name: 'Billing.paid' }) }) },
      { handler: 'Billing.paid' },
    ],
  ])('%s', (_behaviour, given, expected) => {
    expect(inspectLane(inspected(given))).toMatchObject({ offset: 105n, handler: 'Billing.placed', ...expected })
  })

  it('is nothing where nothing is here', () => {
    expect(inspectLane(inspected({ head: undefined, buffered: 0 }))).toBeUndefined()
  })
})

describe('what the watermark waits for', () => {
  it.each<[string, Partial<InspectedLane>, object | undefined]>([
    ['is nothing where everything is settled', { inFlight: 0, head: undefined }, undefined],
    ['is the head of the lane', { head: head({ run }) }, { offset: 105n, by: 'running', forMs: 600 }],
    [
      'is the transaction of an earlier record',
      { isPipeline: true, watermark: 101n },
      { offset: 101n, by: 'transaction' },
    ],
    [
      'is a record that has halted its pipeline',
      { isPipeline: true, watermark: 101n, isHalted: true },
      { offset: 101n, by: 'halted' },
    ],
    ['is the head of a pipeline with nothing before it', { isPipeline: true }, { offset: 105n, by: 'queued' }],
    ['is the head although more is committed: at most once', { watermark: 150n }, { offset: 105n, by: 'queued' }],
  ])('%s', (_behaviour, given, expected) => {
    expect(findBlockage(inspected(given))).toEqual(expected)
  })
})
