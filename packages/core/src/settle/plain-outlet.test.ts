import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { LeaseCommit } from '../receive/driver.js'
import { recordedEvents } from '../test-support/plans.js'
import { createPlainOutlet } from './plain-outlet.js'

function setup() {
  const { events, seen } = recordedEvents()
  const log: string[] = []
  const answers = new Map<OutgoingRecord, PromiseWithResolvers<void>>()
  const sender = {
    send: async (record: OutgoingRecord) => {
      log.push(`send ${String(record.value)}`)
      await answers.get(record)?.promise
      return { topic: record.topic, partition: 0, offset: 0n, timestamp: 0 }
    },
    flush: async () => undefined,
    close: async () => undefined,
  }
  let failure: Error | undefined
  const commit = async (commits: readonly LeaseCommit[]): Promise<void> => {
    log.push(`commit ${commits.length}`)
    if (failure !== undefined) throw failure
  }
  const outlet = createPlainOutlet({
    ...{ group: 'g', sender, commit, events },
    counts: { stored: 0, failed: 0, lost: 0 },
  })
  const record = (value: string, topic = 'invoices'): OutgoingRecord => ({
    topic,
    key: null,
    value: Buffer.from(value),
  })
  const answerNext = (one: OutgoingRecord) => {
    const answer = Promise.withResolvers<void>()
    answers.set(one, answer)
    return answer
  }
  const held = (value: string, topic?: string) => {
    const one = record(value, topic)
    return { one, answer: answerNext(one) }
  }
  return {
    outlet,
    log,
    seen,
    record,
    held,
    answerNext,
    failCommits: (error: Error | undefined) => void (failure = error),
  }
}
const open = new AbortController().signal
const settle = () => new Promise((resolve) => setImmediate(resolve))

it('commits offsets only when all outputs are acknowledged', async () => {
  const { outlet, log, held } = setup()
  const { one, answer } = held('a')
  const outflow = outlet.begin()
  void outflow.send(one)
  const committed = outflow.commit([], open)
  await settle()
  expect(log).toEqual(['send a'])
  answer.resolve()
  await committed
  expect(log).toEqual(['send a', 'commit 0'])
})

it('commits nothing when an output is refused', async () => {
  const { outlet, log, held } = setup()
  const { one, answer } = held('a')
  const outflow = outlet.begin()
  outflow.send(one).catch(() => undefined)
  const committed = outflow.commit([], open)
  answer.reject(new Error('refused'))
  await expect(committed).rejects.toThrow('refused')
  expect(log).toEqual(['send a'])
})

it('sends what is acknowledged no second time when only the commit failed', async () => {
  const { outlet, log, record, failCommits } = setup()
  const one = record('a')
  failCommits(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'g', reason: 'no' }))
  for (const last of [false, true]) {
    if (last) failCommits(undefined)
    const outflow = outlet.begin()
    await outflow.send(one)
    await outflow.commit([], open).catch(() => undefined)
  }
  expect(log).toEqual(['send a', 'commit 0', 'commit 0'])
})

describe('behind an output that was not taken', () => {
  it('sends what was acknowledged once more, so that the last one stands last, but not in another topic', async () => {
    const { outlet, log, record, held } = setup()
    const { one: refused, answer } = held('b')
    const outputs = [record('a'), refused, record('c'), record('d', 'ledger')]
    answer.reject(new Error('refused'))
    const first = outlet.begin()
    for (const output of outputs) first.send(output).catch(() => undefined)
    await expect(first.commit([], open)).rejects.toThrow('refused')
    await settle()
    const second = outlet.begin()
    for (const output of outputs) second.send(output).catch(() => undefined)
    expect(log).toEqual(['send a', 'send b', 'send c', 'send d', 'send b', 'send c'])
  })

  it('sends nothing once more when it is replaced by its dead letter', async () => {
    const { outlet, log, record, held } = setup()
    const { one: refused, answer } = held('b')
    const [before, behind] = [record('a'), record('c')]
    answer.reject(fail('MILLRACE_PRODUCE_TOO_LARGE', { topic: 'invoices', partition: 0, bytes: 9 }))
    const first = outlet.begin()
    for (const output of [before, refused, behind]) first.send(output).catch(() => undefined)
    await expect(first.commit([], open)).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_TOO_LARGE' })
    await settle()
    const second = outlet.begin()
    for (const output of [before, record('letter', 'dead'), behind]) void second.send(output)
    expect(log).toEqual(['send a', 'send b', 'send c', 'send letter'])
  })

  it('sends it once more also when that goes into a later try than the one in front of it', async () => {
    const { outlet, log, record, held } = setup()
    const { one: refused, answer } = held('a')
    const behind = record('b')
    answer.reject(new Error('refused'))
    for (const outputs of [[refused, behind], [refused], [behind]]) {
      const outflow = outlet.begin()
      for (const output of outputs) outflow.send(output).catch(() => undefined)
      await outflow.abort()
      await settle()
    }
    expect(log).toEqual(['send a', 'send b', 'send a', 'send b'])
  })

  it('takes no late answer for that of a later try', async () => {
    const { outlet, log, record, answerNext } = setup()
    const outputs = [record('a'), record('b')] as const
    const outflow = () => {
      const begun = outlet.begin()
      for (const output of outputs) begun.send(output).catch(() => undefined)
      return begun
    }
    const late = answerNext(outputs[0])
    await outflow().abort()
    for (const output of outputs) answerNext(output).reject(new Error('nobody knows'))
    await outflow().abort()
    await settle()
    late.resolve()
    await settle()
    outflow()
    expect(log).toEqual(['send a', 'send b', 'send a', 'send b', 'send a', 'send b'])
  })
})

it('does not wait for outputs when it is cut short', async () => {
  const { outlet, log, held } = setup()
  const over = new AbortController()
  const outflow = outlet.begin()
  void outflow.send(held('a').one)
  const committed = outflow.commit([], over.signal)
  over.abort('revoked')
  await expect(committed).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_COMMIT_FAILED' })
  expect(log).toEqual(['send a'])
})

it.each([
  ['fenced', fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group: 'g', reason: 'no' })],
  ['fenced', fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: 'orders', partition: 0 })],
  ['aborted', fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'g', reason: 'no' })],
  ['aborted', new Error('no')],
])('takes a commit for %s', (expected, error) => {
  expect(setup().outlet.judge(error)).toBe(expected)
})

it('says commits as the committer does', () => {
  const { outlet, seen } = setup()
  outlet.stored({ partitions: 1, records: 2, outputs: 3, durationMs: 4 })
  outlet.failed(new Error('no'), 2)
  outlet.lost(new Error('gone'))
  expect(seen).toMatchObject([
    { name: 'commit.done', group: 'g', partitions: 1, records: 2 },
    { name: 'commit.failed', group: 'g' },
    { name: 'commit.refused', group: 'g' },
  ])
  expect(outlet.counts).toEqual({ stored: 1, failed: 1, lost: 1 })
})
