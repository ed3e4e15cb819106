import { checkLedger, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, it } from 'vitest'
import * as z from 'zod'
import {
  bytes,
  Consumer,
  Container,
  createProducer,
  createTopicAdmin,
  createWorker,
  exponential,
  Handle,
  inject,
  json,
  type MessageContext,
  silentLogger,
  topic,
  utf8,
} from './index.js'

const Order = z.object({ id: z.string(), amount: z.number().positive() })

class Billing {
  readonly charged: string[] = []
}

describeWithBroker('a worker set up from the environment', ({ bootstrap, admin: kafka }) => {
  it('sends to the partition that a partitioner of the topic picks', async () => {
    const name = uniqueName('orders')
    await kafka.createTopic(name, { partitions: 3 })
    const Orders = topic(name, { key: utf8, value: json(Order) })
    const env = { KAFKA_BROKERS: bootstrap.join(',') }
    const partitioners = { [name]: (_record: unknown, partitions: number) => partitions - 1 }
    const orders = createProducer(Orders, { env, logger: silentLogger, kafka: { partitioners } })
    const reports = await Promise.all(['a', 'b', 'c'].map((id) => orders.send({ key: id, value: { id, amount: 1 } })))
    await orders.close()
    expect(reports.map(({ partition }) => partition)).toEqual([2, 2, 2])
  })

  it('provisions, sends, handles, retries and dead-letters with one import', async () => {
    const name = uniqueName('orders')
    const env = { KAFKA_BROKERS: bootstrap.join(','), OPS_PORT: '0', LOG_LEVEL: 'silent' }
    const admin = createTopicAdmin({ env, logger: silentLogger })
    const specs = [name, `${name}.dlq`].map((one) => ({ name: one, partitions: 2, replication: 1 }))
    expect((await admin.ensureTopics(specs)).map(({ isNew }) => isNew)).toEqual([true, true])
    await admin.close()

    const Orders = topic(name, { key: utf8, value: json(Order) })
    const Dead = topic(`${name}.dlq`, { key: bytes, value: bytes })
    const buried = Promise.withResolvers<string | undefined>()

    @Consumer({ group: uniqueName('billing') })
    class BillingHandlers {
      constructor(@inject(Billing) private readonly billing: Billing) {}

      @Handle(Orders, { deadLetter: `${name}.dlq`, retry: exponential({ attempts: 2, initialDelay: '1ms' }) })
      placed(order: z.infer<typeof Order>, ctx: MessageContext): void {
        if (order.id === 'never' || (order.id === 'second' && ctx.attempt === 1)) throw new Error(`not ${order.id}`)
        this.billing.charged.push(order.id)
      }
    }
    @Consumer({ group: uniqueName('graves') })
    class Graves {
      @Handle(Dead, { onExhausted: 'halt' })
      dead(_value: Buffer, ctx: MessageContext): void {
        buried.resolve(ctx.headers.get('error'))
      }
    }

    const container = new Container()
    const billing = new Billing()
    container.bind(Billing).toConstantValue(billing)
    const worker = createWorker({ consumers: [BillingHandlers, Graves], container, env })
    const orders = createProducer(Orders, { env, logger: silentLogger })
    try {
      await worker.start()
      for (const id of ['first', 'second', 'never']) await orders.send({ key: 'c', value: { id, amount: 1 } })
      expect(await buried.promise).toContain('not never')
      expect(billing.charged).toEqual(['first', 'second'])
      expect(checkLedger(worker.inspect())).toEqual([])
      const metrics = await (await fetch(`http://127.0.0.1:${worker.opsPort}/metrics`)).text()
      expect(metrics).toMatch(/^millrace_records_settled_total\{.*settlement="dead_lettered"\} 1$/m)
      expect(metrics).toMatch(/^millrace_retries_total\{.*mode="in_place"\} 2$/m)
    } finally {
      await orders.close()
      expect(await worker.stop()).toEqual({ abandoned: 0, inTime: true })
    }
  })
})
