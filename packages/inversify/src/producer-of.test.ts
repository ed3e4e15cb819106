import 'reflect-metadata/lite'
import {
  type AnyTopic,
  type Producer,
  type ProducerOptionsInput,
  type ProducerSource,
  topic,
  utf8,
} from '@millrace/core'
import { Container, inject, injectable } from 'inversify'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createInversifyInstances } from './create-inversify-instances.js'
import { producerOf } from './producer-of.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const Audit = topic('audit.v1', { key: utf8, value: utf8 })

/** Hands out producers that know what they were asked for with. */
function source(worker = 'worker') {
  const handedOut: { topic: AnyTopic; options: ProducerOptionsInput | undefined }[] = []
  const producers: ProducerSource = {
    producerOf<T extends AnyTopic>(of: T, options?: ProducerOptionsInput): Producer<T> {
      handedOut.push({ topic: of, options })
      const never = () => Promise.reject(new Error(worker))
      return { send: never, sendMany: never, flush: never }
    },
  }
  return { handedOut, producers }
}

@injectable()
class Outbox {
  constructor(@inject(producerOf(Orders)) readonly orders: Producer<typeof Orders>) {}
}

@injectable()
class Handlers {
  constructor(
    @inject(producerOf(Orders)) readonly orders: Producer<typeof Orders>,
    @inject(producerOf(Audit, { linger: '1ms' })) readonly audit: Producer<typeof Audit>,
    @inject(Outbox) readonly outbox: Outbox,
  ) {}
}

const withOutbox = (): Container => {
  const container = new Container()
  container.bind(Outbox).toSelf()
  return container
}

async function handlersOf(container: Container, producers: ProducerSource) {
  const instances = createInversifyInstances(container)
  onTestFinished(() => instances.close())
  await instances.prepare([Handlers], producers)
  const binding = instances.bind(Handlers)
  if (binding.kind !== 'singleton' || !(binding.instance instanceof Handlers)) throw new Error('not constructed once')
  return { handlers: binding.instance, instances }
}

describe('producerOf', () => {
  it('is one identifier per topic value and set of options, whatever their order', () => {
    expect(producerOf(Orders)).toBe(producerOf(Orders, {}))
    expect(producerOf(Orders, { linger: '1ms', onFull: 'reject' })).toBe(
      producerOf(Orders, { onFull: 'reject', linger: '1ms' }),
    )
    const twin = topic('orders.v1', { key: utf8, value: utf8 })
    const all = [producerOf(Orders), producerOf(Orders, { linger: '1ms' }), producerOf(Audit), producerOf(twin)]
    expect(new Set(all).size).toBe(4)
    expect(String(producerOf(Orders))).toContain('orders.v1')
  })

  it("gives a consumer, and what it needs from the caller's container, one producer of the worker", async () => {
    const { handedOut, producers } = source()
    const container = withOutbox()
    const { handlers } = await handlersOf(container, producers)
    expect(handlers.outbox.orders).toBe(handlers.orders)
    expect(handedOut).toEqual([
      { topic: Orders, options: {} },
      { topic: Audit, options: { linger: '1ms' } },
    ])
    expect(container.isBound(producerOf(Orders))).toBe(false)
  })

  it('gives each of two workers on one container producers of its own', async () => {
    const [one, two] = [source(), source()]
    const container = withOutbox()
    const first = await handlersOf(container, one.producers)
    const second = await handlersOf(container, two.producers)
    expect(first.handlers.orders).not.toBe(second.handlers.orders)
    expect(first.handlers.outbox.orders).toBe(first.handlers.orders)
    expect(second.handlers.outbox.orders).toBe(second.handlers.orders)
  })

  it("leaves a binding of the caller's alone", async () => {
    const { handedOut, producers } = source()
    const mine = source('mine').producers.producerOf(Orders)
    const container = withOutbox()
    container.bind(producerOf(Orders)).toConstantValue(mine)
    const { handlers } = await handlersOf(container, producers)
    expect(handlers.orders).toBe(mine)
    expect(handedOut.map(({ topic: of }) => of)).toEqual([Audit])
  })

  it('knows a producer that is asked for while a class is being made, and no more once the worker has ended', async () => {
    const { handedOut, producers } = source()
    const Late = topic('late.v1', { key: utf8, value: utf8 })
    const container = new Container()
    container.bind(Outbox).toDynamicValue((context) => new Outbox(context.get(producerOf(Late))))
    const { handlers, instances } = await handlersOf(container, producers)
    expect(handedOut.map(({ topic: of }) => of)).toContain(Late)
    expect(handlers.outbox.orders).not.toBe(handlers.orders)
    await instances.close()
    const bind = vi.spyOn(Container.prototype, 'bind')
    producerOf(topic('later.v1', { key: utf8, value: utf8 }))
    expect(bind).not.toHaveBeenCalled()
    bind.mockRestore()
  })
})
