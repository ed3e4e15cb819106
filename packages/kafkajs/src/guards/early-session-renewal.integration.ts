import { setTimeout as pause } from 'node:timers/promises'
import {
  isUnavailable,
  type SecuredBroker,
  securedUsers,
  shortSessionMs,
  startSecuredBroker,
  uniqueName,
  unsecuredToken,
} from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTopicAdmin } from '../admin/topic-admin.js'
import type { SaslOptions } from '../client/connection-options.js'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guardsWithout } from '../defects/test-support/guards-without.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

const { alice } = securedUsers
const never = new AbortController().signal
const token = async () => ({ value: unsecuredToken('alice', { lifeMs: 2 * shortSessionMs }) })

describeWithBroker('a session that the broker ends', { needs: ['security'] }, () => {
  let broker: SecuredBroker
  beforeAll(async () => {
    const started = await startSecuredBroker()
    if (isUnavailable(started)) throw new Error(started.unavailable)
    broker = started
  })
  afterAll(() => broker?.stop())

  // The guard stays in the process once it is installed, so the run without it comes first; no driver was made before it.
  test('red without early-session-renewal: a short session is renewed before every request, which the broker refuses', async () => {
    const options = { brokers: broker.at('SHORT'), sasl: alice }
    const driver = createGuardedDriver(options, guardsWithout('early-session-renewal'))
    await expect(driver.describeTopics(['any'], never)).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_UNAUTHORIZED' })
  })

  /** A member and a sender at work for so many sessions, and everything that has happened to them by then. */
  async function workFor(sasl: SaslOptions, sessions: number) {
    const topic = uniqueName('renewed')
    const admin = createTopicAdmin({ brokers: broker.bootstrap })
    await admin.ensureTopics([{ name: topic, partitions: 1, replication: 1 }])
    await admin.close()
    const driver = createKafkajsDriver({ brokers: broker.at('SHORT'), sasl })
    const pipeline = new ScriptedPipeline(driver, memberOptions(uniqueName('renewing'), [topic]))
    const sender = await driver.openSender({ deliveryTimeoutMs: 20_000 })
    const last = uniqueName('last')
    const send = (value: string) => sender.send({ topic, key: null, value: Buffer.from(value) })
    try {
      for (const endsAt = performance.now() + sessions * shortSessionMs; performance.now() < endsAt; await pause(50)) {
        await send('x')
      }
      await send(last)
      await pipeline.when('the last record', ({ handled }) => handled.some(({ value }) => value === last))
      const { fatal, events, commitErrors, revocations, assignments } = pipeline
      return { fatal: [...fatal], events, commitErrors, lost: revocations.length, joins: assignments.length }
    } finally {
      await sender.close({ timeoutMs: 100 })
      await pipeline.leave()
    }
  }

  test.concurrent.each<[string, SaslOptions]>([
    ['PLAIN', alice],
    ['OAUTHBEARER', { mechanism: 'oauthbearer', token }],
  ])('green: %s is renewed in time, and neither a member nor a sender notices', async (_mechanism, sasl) => {
    expect(await workFor(sasl, 2.5)).toEqual({ fatal: [], events: [], commitErrors: [], lost: 0, joins: 1 })
  })

  test.concurrent('a token source that is away for longer than a token lives is a pause, and costs no membership', async () => {
    const startedMs = performance.now()
    const isAway = (): boolean => {
      const ms = performance.now() - startedMs
      return ms > 1000 && ms < 5000
    }
    const short = async () => {
      if (isAway()) throw new Error('the login server is away')
      return { value: unsecuredToken('alice', { lifeMs: 2000 }) }
    }
    const { fatal, lost } = await workFor({ mechanism: 'oauthbearer', token: short }, 2.5)
    expect({ fatal, lost }).toEqual({ fatal: [], lost: 0 })
  })
})
