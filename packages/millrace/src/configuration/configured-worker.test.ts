import type { SerdeUse } from '@millrace/core'
import { createScriptedDriver } from '@millrace/testing'
import { afterEach, expect, it } from 'vitest'
import {
  createWorker,
  defineConsumer,
  handle,
  type Logger,
  topic,
  utf8,
  type Worker,
  type WorkerOptions,
} from '../index.js'
import { temporaryFolder } from '../test-support/temporary-folder.js'

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop()
})

const orders = handle(topic('orders', { key: utf8, value: utf8 }), { deadLetter: true }, () => undefined)

function setup(file: string, { env = {}, ...options }: Partial<WorkerOptions> = {}) {
  using folder = temporaryFolder()
  const warned: string[] = []
  const silent = (): void => undefined
  const warn = (_fields: object, message: string): void => void warned.push(message)
  const logger: Logger = { debug: silent, info: silent, warn, error: silent, child: () => logger }
  const driver = createScriptedDriver({ createTopics: { partitions: 1 } })
  const worker = createWorker({
    consumers: [defineConsumer({ group: 'billing', handlers: [orders] })],
    driver,
    logger,
    env: { MILLRACE_CONFIG: folder.file('config.yaml', file), OPS_PORT: 'off', ...env },
    ...options,
  })
  workers.push(worker)
  return { worker, driver, warned }
}

const groupsOf = (worker: Worker) => worker.inspect().handlers.map(({ group }) => group)

it('takes options of the worker from the config file, above code', async () => {
  const { worker } = setup('groupPrefix: file.\n', { groupPrefix: 'code.' })
  await worker.start()
  expect(groupsOf(worker)).toEqual(['file.billing'])
})

it('takes options from code where the file says nothing', async () => {
  const { worker } = setup('restarts: 3\n', { groupPrefix: 'code.' })
  await worker.start()
  expect(groupsOf(worker)).toEqual(['code.billing'])
})

it('takes settings from the file, and from the environment before that', async () => {
  const file = 'ops:\n  port: 0\n'
  const [inFile, inBoth] = [setup(file, { env: { OPS_PORT: '' } }), setup(file)]
  await Promise.all([inFile.worker.start(), inBoth.worker.start()])
  expect(inFile.worker.opsPort).toBeGreaterThan(0)
  expect(inBoth.worker.opsPort).toBeUndefined()
})

it('refuses to start with a wrong file or a wrong secret file, all at once', async () => {
  const { worker } = setup('groupPrefxi: x\nlogLevel: loud\n', { env: { OPS_ADMIN_TOKEN_FILE: '/nowhere' } })
  await expect(worker.start()).rejects.toMatchObject({
    code: 'MILLRACE_CONFIG_INVALID',
    message: expect.stringMatching(/OPS_ADMIN_TOKEN_FILE[^]*groupPrefxi[^]*did you mean groupPrefix[^]*logLevel/),
  })
})

it('warns of a variable that looks like a slip of the pen, and starts', async () => {
  const { worker, warned } = setup('', { env: { KAFKA_BROKER: 'a:1' } })
  await worker.start()
  expect(warned).toEqual(['KAFKA_BROKER is not read: did you mean KAFKA_BROKERS?'])
})

it('hands what files say about the schema registry to the serdes that ask for it', async () => {
  using folder = temporaryFolder()
  const uses: SerdeUse[] = []
  const value = { ...utf8, prepare: async (use: SerdeUse) => void uses.push(use) }
  const handler = handle(topic('orders', { key: utf8, value }), { deadLetter: true }, () => undefined)
  const { worker } = setup('schemaRegistry:\n  url: http://registry:8081\n', {
    consumers: [defineConsumer({ group: 'billing', handlers: [handler] })],
    env: { SCHEMA_REGISTRY_PASSWORD_FILE: folder.file('password', 'hunter2\n') },
  })
  await worker.start()
  expect(uses[0]?.env).toMatchObject({
    SCHEMA_REGISTRY_URL: 'http://registry:8081',
    SCHEMA_REGISTRY_PASSWORD: 'hunter2',
  })
})
