import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { Lease, LeaseCommit } from '../receive/driver.js'
import { createJointCommit } from './joint-commit.js'

const leaseOf = (partition: number) => ({ topic: 'orders', partition, isLive: true }) as Lease
const at = (partition: number, offset: bigint): LeaseCommit => ({ lease: leaseOf(partition), offset })
const open = new AbortController().signal

function setup() {
  const requests: { readonly what: string; readonly answer: PromiseWithResolvers<void> }[] = []
  const commit = createJointCommit((commits) => {
    const answer = Promise.withResolvers<void>()
    requests.push({ what: commits.map(({ lease, offset }) => `${lease.partition}=${offset}`).join(), answer })
    return answer.promise
  }, open)
  return { commit, requests }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

it('sends at once what comes alone, and as one what comes while a commit is out', async () => {
  const { commit, requests } = setup()
  const all = [commit([at(0, 1n)], open), commit([at(1, 2n)], open), commit([at(2, 3n)], open)]
  expect(requests.map(({ what }) => what)).toEqual(['0=1'])
  requests[0]?.answer.resolve()
  await all[0]
  await settle()
  expect(requests.map(({ what }) => what)).toEqual(['0=1', '1=2,2=3'])
  requests[1]?.answer.resolve()
  await Promise.all(all)
})

it('tells a failure to those that it concerns, and goes on', async () => {
  const { commit, requests } = setup()
  const [first, second] = [commit([at(0, 1n)], open), commit([at(1, 2n)], open)]
  requests[0]?.answer.reject(new Error('no'))
  await expect(first).rejects.toThrow('no')
  await settle()
  requests[1]?.answer.resolve()
  await second
})

it('asks for each by itself where one lease that has ended has taken the others along', async () => {
  const { commit, requests } = setup()
  void commit([at(0, 1n)], open)
  const [ended, live] = [commit([at(1, 2n)], open), commit([at(2, 3n)], open)]
  requests[0]?.answer.resolve()
  await settle()
  const gone = fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: 'orders', partition: 1 })
  requests[1]?.answer.reject(gone)
  await settle()
  requests[2]?.answer.reject(gone)
  await expect(ended).rejects.toBe(gone)
  await settle()
  requests[3]?.answer.resolve()
  await live
  expect(requests.map(({ what }) => what)).toEqual(['0=1', '1=2,2=3', '1=2', '2=3'])
})

it('leaves out what was cut short while it waited', async () => {
  const { commit, requests } = setup()
  const cut = new AbortController()
  void commit([at(0, 1n)], open)
  const waiting = commit([at(1, 2n)], cut.signal)
  const last = commit([at(2, 3n)], open)
  cut.abort(new Error('revoked'))
  requests[0]?.answer.resolve()
  await expect(waiting).rejects.toThrow('revoked')
  await settle()
  expect(requests.map(({ what }) => what)).toEqual(['0=1', '2=3'])
  requests[1]?.answer.resolve()
  await last
})
