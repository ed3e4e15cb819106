import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from './guard.js'
import { guards } from './guards.js'

const never = new AbortController().signal

describeWithBroker('an answer about a topic that exists and one that does not', ({ bootstrap, admin }) => {
  const found = async (names: readonly string[], chosen: readonly Guard[]): Promise<readonly string[]> => {
    const driver = createGuardedDriver({ brokers: bootstrap, connectLimitMs: 500 }, chosen)
    return [...(await driver.describeTopics(names, never)).keys()]
  }

  test('is an error for both without the guard, and describes the one with it', async () => {
    const topic = uniqueName('there')
    await admin.createTopic(topic)
    const names = [topic, uniqueName('not-there')]
    const without = guards.filter(({ name }) => name !== 'local-topic-errors')
    await expect(found(names, without)).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_UNREACHABLE',
      cause: { message: expect.stringContaining('does not host this topic') },
    })
    expect(await found(names, guards)).toEqual([topic])
  })
})
