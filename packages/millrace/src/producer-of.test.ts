import { isMillraceError } from '@millrace/core'
import { createScriptedDriver, testWorker, type TestWorkerOptions } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import {
  Consumer,
  Container,
  createInversifyInstances,
  createWorker,
  Handle,
  inject,
  injectable,
  type MessageContext,
  preDestroy,
  type Producer,
  producerOf,
  silentLogger,
  topic,
  utf8,
} from './index.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const Receipts = topic('receipts.v1', { key: utf8, value: utf8 })

@injectable()
class Mailbox {
  constructor(@inject(producerOf(Receipts)) private readonly receipts: Producer<typeof Receipts>) {}

  post(text: string): Promise<unknown> {
    return this.receipts.send({ key: null, value: text })
  }
}

@Consumer({ group: 'billing' })
class Billing {
  constructor(
    @inject(producerOf(Receipts)) private readonly receipts: Producer<typeof Receipts>,
    @inject(Mailbox) private readonly mailbox: Mailbox,
  ) {}

  @Handle(Orders, { deadLetter: true })
  async placed(order: string, { signal }: MessageContext): Promise<void> {
    if (order === 'forgotten') return void this.receipts.send({ key: order, value: 'not awaited' })
    const { offset } = await this.receipts.send({ key: order, value: `receipt of ${order}` }, signal)
    await this.mailbox.post(`posted at ${offset}`)
  }

  @preDestroy()
  end(): void {
    this.mailbox.post('the end').catch(() => undefined) // one of the tests has no such topic
  }
}

const start = (options: Partial<TestWorkerOptions> = {}) => {
  const container = new Container()
  container.bind(Mailbox).toSelf().inSingletonScope()
  const instances = createInversifyInstances(container)
  return testWorker({ consumers: [Billing], instances, env: {}, ...options })
}
const texts = ({ produced }: Awaited<ReturnType<typeof start>>): readonly string[] =>
  produced.map(({ value }) => String(value))

describe('the producer that a handler injects', () => {
  it("sends into the worker's world, under the names that its topics have there", async () => {
    const worker = await start({ topicPrefix: 'dev.' })
    await worker.send(Orders, { key: 'a', value: 'ORD-1' })
    await worker.settled()
    expect(texts(worker)).toEqual(['receipt of ORD-1', 'posted at 0'])
    expect(new Set(worker.produced.map(({ topic: name }) => name))).toEqual(new Set(['dev.receipts.v1']))
    await worker.stop()
  })

  it('fails the record where the send fails, which is then tried again', async () => {
    const worker = await start()
    worker.driver.failNextSends(1, undefined, { topic: 'receipts.v1' })
    await worker.send(Orders, { key: 'a', value: 'ORD-1' })
    await worker.settled()
    expect(texts(worker)).toEqual([])
    await worker.advance('1s')
    expect(texts(worker)).toEqual(['receipt of ORD-1', 'posted at 0'])
    await worker.stop()
  })

  it('is flushed when the worker stops, after the container, and takes nothing more', async () => {
    const worker = await start()
    const release = worker.driver.holdSends({ topic: 'receipts.v1' })
    await worker.send(Orders, { key: 'a', value: 'forgotten' })
    await worker.settled()
    worker.clock.after(1_000, release)
    expect(await worker.stop()).toEqual({ abandoned: 0, inTime: true })
    expect(texts(worker)).toEqual(['not awaited', 'the end'])
  })

  it('must have its topic when the worker starts', async () => {
    const driver = createScriptedDriver()
    driver.createTopic('orders.v1', { partitions: 1 })
    driver.createTopic('orders.v1.billing.dlq', { partitions: 1 })
    const container = new Container()
    container.bind(Mailbox).toSelf()
    const worker = createWorker({ consumers: [Billing], driver, container, env: {}, ops: false, logger: silentLogger })
    const thrown: unknown = await worker.start().catch((error: unknown) => error)
    if (!isMillraceError(thrown, 'MILLRACE_TOPICS_INVALID')) throw thrown
    expect(thrown.message).toContain('topic "receipts.v1" of an injected producer')
  })
})
