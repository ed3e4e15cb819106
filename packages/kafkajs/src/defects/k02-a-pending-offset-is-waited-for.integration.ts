import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import type { Guard } from '../guards/guard.js'
import { isObject } from '../internals.js'
import { createDriverSetup, type DriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

const API_VERSIONS = 18
const OFFSET_FETCH = 9

/** Takes a broker for one that speaks OffsetFetch up to version 6, which is the last without stable offsets. */
const beforeStableOffsets: Guard = {
  name: 'before-stable-offsets',
  protect({ connectionPoolBuilder: builder }) {
    const build = builder.build.bind(builder)
    builder.build = async (address) => {
      const pool = await build(address)
      const send = pool.send.bind(pool)
      pool.send = async (exchange) => {
        const answer = await send(exchange)
        if (exchange.request.apiKey !== API_VERSIONS || !isObject(answer)) return answer
        const versions: readonly object[] = Array.isArray(answer['apiVersions']) ? answer['apiVersions'] : []
        const cap = (one: object) => ('apiKey' in one && one.apiKey === OFFSET_FETCH ? { ...one, maxVersion: 6 } : one)
        return { ...answer, apiVersions: versions.map(cap) }
      }
      return pool
    }
  },
}

describeWithBroker(
  'K2: a commit of offsets that is pending in a transaction is waited for, never read around',
  (broker) => {
    const { bootstrap, admin, probe } = broker
    const requests = watchRequests()
    const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
    const old = createDriverSetup(broker, [beforeStableOffsets])
    afterEach(async () => {
      await Promise.all([leaveAll(), old.leaveAll()])
    })

    /** A group that stands at 10, and the transaction of its former owner that moves it to 15. */
    async function takeover({ topic, group, produce }: Pick<DriverSetup, 'topic' | 'group' | 'produce'>) {
      await produce(20)
      await admin.setCommitted(group, topic, new Map([[0, 10n]]))
      const former = await probe.transactional(uniqueName('tx'))
      await former.begin()
      await former.sendOffsets(group, topic, new Map([[0, 15n]]))
      return former
    }

    test('red on bare kafkajs: the new owner begins in front of it, and processes its records once more', async () => {
      const { topic, group, produce } = await setup(1)
      const former = await takeover({ topic, group, produce })
      const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group, fromBeginning: false })
      await expect.poll(() => bare.records.length).toBe(10)
      await former.commit()
      expect(bare.records[0]?.offset).toBe(10n) // 10 to 14 belong to the transaction
      await former.close()
    })

    test('a broker that knows no stable offsets answers with the old one', async () => {
      const { topic, group, produce, join } = await old.setup(1)
      const former = await takeover({ topic, group, produce })
      const pipeline = join({}, { commitEveryMs: 600_000, onRevoked: () => Promise.resolve() })
      await pipeline.when('a start in front of it', ({ handled }) => handled.length === 10)
      expect(pipeline.handled[0]?.offset).toBe(10n)
      await former.abort()
      await former.close()
    })

    test.each([
      ['commit', 15n],
      ['abort', 10n],
    ] as const)('green: after its %s the new owner begins at %s, and at nothing before', async (outcome, start) => {
      const { topic, group, produce, join } = await setup(1)
      const former = await takeover({ topic, group, produce })
      const asked = requests.answered('offsetFetch', 5)
      const pipeline = join()
      await asked
      expect([pipeline.assignments, pipeline.batches]).toEqual([[], []])
      await former[outcome]()
      await pipeline.when('the rest', ({ handled }) => handled.length === 20 - Number(start))
      expect(pipeline.assignments.map(({ leases }) => leases.map(({ startOffset }) => startOffset))).toEqual([[start]])
      expect(pipeline.handled[0]?.offset).toBe(start)
      await former.close()
    })

    test('green: while it waits it keeps its session, hands partitions on, and can leave', async () => {
      const { topic, group, produce, join } = await setup(2)
      const former = await takeover({ topic, group, produce: (count) => produce(count, 0, [0]) })
      const first = join({ heartbeatIntervalMs: 100 })
      await requests.answered('offsetFetch', 3)
      await requests.answered('heartbeat', 3)
      expect([first.assignments, first.fatal]).toEqual([[], []])

      // The one without the held partition starts at once: the other has joined again in the middle of its wait.
      const second = join({ heartbeatIntervalMs: 100 })
      const isFree = ({ leases }: typeof first): boolean => leases.length === 1 && leases[0]?.partition === 1
      await Promise.race([first.when('the free one', isFree), second.when('the free one', isFree)])
      const [waiting, working] = isFree(first) ? [second, first] : [first, second]
      await requests.answered('offsetFetch', 3)
      expect([waiting.leases, waiting.fatal]).toEqual([[], []])

      await waiting.leave()
      await requests.answered('offsetFetch', 2) // the other has taken it over, and waits
      expect(working.leases).toEqual([])
      await former.commit()
      await working.when('both', ({ leases }) => leases.length === 2)
      await working.when('the rest', ({ handled }) => handled.length === 5)
      expect([working.handled[0]?.offset, working.fatal]).toEqual([15n, []])
      await former.close()
    })
  },
)
