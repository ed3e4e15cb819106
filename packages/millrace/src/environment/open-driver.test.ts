import { silentLogger } from '@millrace/core'
import type { KafkaOptions } from '../kafka-options.js'
import { expect, it } from 'vitest'
import { openDriver } from './open-driver.js'

const open = (limits: NonNullable<KafkaOptions['limits']>) =>
  openDriver(new Map(), { brokers: 'localhost:1', limits }, silentLogger)

it('hands the limits of decoding on to the driver, which refuses nonsense before anything connects', async () => {
  await open({ maxHeaders: 10 }).load()
  await expect(open({ maxHeaders: 0, maxRecords: -1 }).load()).rejects.toMatchObject({
    code: 'MILLRACE_OPTIONS_INVALID',
    message: expect.stringMatching(/limits\.maxHeaders[^]*limits\.maxRecords/),
  })
})
