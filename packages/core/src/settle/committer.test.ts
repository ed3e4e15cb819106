import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { Lease, LeaseCommit } from '../receive/driver.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { recordedEvents } from '../test-support/plans.js'
import { Committer } from './committer.js'

const leaseOf = (partition: number, isLive = true): Lease => ({
  ...{ topic: 'orders', partition, epoch: 1, startOffset: 0n, isLive },
  ...{ pause: () => undefined, resume: () => undefined, seek: () => undefined },
})

function setup(answer: (commits: readonly LeaseCommit[]) => Promise<void> = async () => undefined) {
  const clock = createHandClock()
  const { events, names } = recordedEvents()
  const targets = [
    { lease: leaseOf(0), watermark: 0n, committed: 0n },
    { lease: leaseOf(1), watermark: 0n, committed: 0n },
  ]
  const requests: string[] = []
  const committer = new Committer({
    ...{ group: 'billing', intervalMs: 200, records: 200, clock, events },
    leases: () => targets,
    signal: new AbortController().signal,
    commit: (commits) => {
      requests.push(`${clock.now()}: ${commits.map(({ lease, offset }) => `${lease.partition}@${offset}`).join(' ')}`)
      return answer(commits)
    },
  })
  const settle = (partition: number, upTo: bigint, count = 1): void => {
    const target = targets[partition]
    if (target !== undefined) target.watermark = upTo
    committer.settled(count)
  }
  return { clock, committer, names, requests, settle, targets }
}

describe('Committer', () => {
  it('commits what has settled after the interval, all leases in one request', async () => {
    const { clock, requests, settle } = setup()
    settle(0, 3n)
    settle(1, 5n)
    await clock.advance(199)
    expect(requests).toEqual([])
    await clock.advance(1)
    expect(requests).toEqual(['200: 0@3 1@5'])
    expect(clock.pending).toBe(0)
  })

  it('commits at once when enough records have settled', async () => {
    const { clock, requests, settle } = setup()
    settle(0, 200n, 200)
    await clock.advance(0)
    expect(requests).toEqual(['0: 0@200'])
  })

  it('sends only what moved, and nothing for a lease that has ended', async () => {
    const { clock, requests, settle, targets } = setup()
    settle(0, 3n)
    await clock.advance(200)
    targets.push({ lease: leaseOf(2, false), watermark: 9n, committed: 0n })
    settle(1, 5n)
    await clock.advance(200)
    expect(requests).toEqual(['200: 0@3', '400: 1@5'])
  })

  it('keeps one commit in flight and makes the next with the positions of that moment', async () => {
    const first = Promise.withResolvers<void>()
    const { clock, requests, settle } = setup(() => first.promise)
    settle(0, 200n, 200)
    settle(0, 300n, 100)
    settle(0, 500n, 200)
    expect(requests).toHaveLength(1)
    first.resolve()
    await clock.advance(0)
    expect(requests).toEqual(['0: 0@200', '0: 0@500'])
  })

  it('makes a failed commit again after the interval, never in a loop', async () => {
    const answers = [Promise.reject(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'billing', reason: 'timeout' }))]
    const { clock, names, requests, settle, targets } = setup(() => answers.shift() ?? Promise.resolve())
    settle(0, 300n, 300)
    await clock.advance(0)
    expect(names()).toEqual(['commit.failed'])
    expect(targets[0]?.committed).toBe(0n)
    expect(requests).toHaveLength(1)
    await clock.advance(200)
    expect(requests).toEqual(['0: 0@300', '200: 0@300'])
    expect(targets[0]?.committed).toBe(300n)
  })

  it('drops a commit that the group refused: the lease is over', async () => {
    const { clock, committer, names, requests, settle } = setup(() =>
      Promise.reject(fail('MILLRACE_DRIVER_COMMIT_REFUSED', { group: 'billing', reason: 'ILLEGAL_GENERATION' })),
    )
    settle(0, 300n, 300)
    await clock.advance(1_000)
    expect(names()).toEqual(['commit.refused'])
    expect([requests.length, committer.failed, committer.done]).toEqual([1, 1, 0])
  })

  it('flushes after the commit in flight, with everything settled until then', async () => {
    const first = Promise.withResolvers<void>()
    const answers = [first.promise]
    const { committer, requests, settle } = setup(() => answers.shift() ?? Promise.resolve())
    settle(0, 200n, 200)
    settle(0, 201n)
    const flushed = committer.flush(new AbortController().signal)
    first.resolve()
    await flushed
    expect(requests).toEqual(['0: 0@200', '0: 0@201'])
  })

  it('makes a failed commit again that only moved over a gap', async () => {
    const answers = [
      () => Promise.reject(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'billing', reason: 'timeout' })),
    ]
    const { clock, requests, settle } = setup(() => (answers.shift() ?? (() => Promise.resolve()))())
    settle(0, 3n, 0)
    await clock.advance(400)
    expect(requests).toEqual(['200: 0@3', '400: 0@3'])
    await clock.advance(1_000)
    expect(requests).toHaveLength(2)
  })

  it('flushes until the commit is answered, for what is not committed at the end is done twice', async () => {
    const failing = () => Promise.reject(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'billing', reason: 'timeout' }))
    const answers = [failing, failing]
    const { clock, committer, requests, settle } = setup(() => (answers.shift() ?? (() => Promise.resolve()))())
    settle(0, 3n)
    const flushed = committer.flush(new AbortController().signal)
    await clock.advance(250)
    await flushed
    expect(requests).toHaveLength(3)
  })

  it('flushes once when there is no time left, and stops when the time is up', async () => {
    const failing = () => Promise.reject(fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'billing', reason: 'timeout' }))
    const { clock, committer, requests, settle } = setup(failing)
    settle(0, 3n)
    await committer.flush(AbortSignal.abort())
    expect(requests).toHaveLength(1)
    const deadline = new AbortController()
    const flushed = committer.flush(deadline.signal)
    await clock.advance(50)
    deadline.abort('shutdown')
    await flushed
    expect(requests).toHaveLength(2)
  })

  it('flushes while other leases keep it busy, after the commit that carries its positions', async () => {
    let records = 400n
    const { committer, requests, settle } = setup(async () => {
      await Promise.resolve()
      if (records < 10_000n) settle(1, (records += 200n), 200)
    })
    settle(1, records, 200)
    settle(0, 7n)
    await committer.flush(new AbortController().signal)
    expect([requests[1], requests.length]).toEqual(['0: 0@7 1@600', 3]) // the third is on its way
  })

  it('commits the other leases when one of them has ended in between', async () => {
    const ended = fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: 'orders', partition: 0 })
    const answers = [() => Promise.reject(ended)]
    const { clock, requests, settle, targets } = setup(() => {
      targets[0] = { lease: leaseOf(0, false), watermark: 3n, committed: 0n }
      return (answers.shift() ?? (() => Promise.resolve()))()
    })
    settle(0, 3n)
    settle(1, 5n)
    await clock.advance(400)
    expect(requests).toEqual(['200: 0@3 1@5', '400: 1@5'])
  })

  it('commits a gap that was passed while another commit was in flight', async () => {
    const first = Promise.withResolvers<void>()
    const answers = [first.promise]
    const { clock, requests, settle } = setup(() => answers.shift() ?? Promise.resolve())
    settle(0, 200n, 200)
    settle(0, 205n, 0)
    await clock.advance(300)
    first.resolve()
    await clock.advance(200)
    expect(requests).toEqual(['0: 0@200', '500: 0@205'])
    expect(clock.pending).toBe(0)
  })

  it('does not wait when there is nothing left to work on', () => {
    const { committer, requests, settle } = setup()
    settle(0, 1n)
    committer.idle()
    settle(0, 2n)
    committer.idle()
    expect(requests).toEqual(['0: 0@1'])
  })
})
