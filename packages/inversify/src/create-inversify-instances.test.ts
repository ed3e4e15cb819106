import 'reflect-metadata/lite'
import { type ErrorCode, type HandlerInstances, isMillraceError, type MessageScope } from '@millrace/core'
import { Container, decorate, inject, injectable, injectFromBase, preDestroy } from 'inversify'
import { describe, expect, it } from 'vitest'
import { createInversifyInstances } from './create-inversify-instances.js'

class Billing {
  readonly charged: string[] = []
}

@injectable()
class BillingHandlers {
  constructor(@inject(Billing) readonly billing: Billing) {}
}

const billingContainer = (): Container => {
  const container = new Container()
  container.bind(Billing).toSelf().inSingletonScope()
  return container
}

function singletonOf(instances: HandlerInstances, consumer: abstract new (...args: never[]) => object): unknown {
  const binding = instances.bind(consumer)
  if (binding.kind !== 'singleton') throw new Error('constructed per message')
  return binding.instance
}

async function openOf(
  instances: HandlerInstances,
  consumer: abstract new (...args: never[]) => object,
): Promise<MessageScope> {
  const binding = instances.bind(consumer)
  if (binding.kind !== 'per-message') throw new Error('constructed once')
  return binding.open()
}

async function failureOf(work: Promise<unknown>, code: ErrorCode): Promise<string> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isMillraceError(thrown, code)) throw new Error(`expected ${code}, got ${String(thrown)}`)
  return thrown.message
}

describe('instances for the life of a worker', () => {
  it('constructs an unbound consumer once, with its collaborators', async () => {
    const container = billingContainer()
    const instances = createInversifyInstances(container)
    await instances.prepare([BillingHandlers, BillingHandlers])
    const first = singletonOf(instances, BillingHandlers)
    expect(first).toBeInstanceOf(BillingHandlers)
    expect(singletonOf(instances, BillingHandlers)).toBe(first)
    expect(first).toHaveProperty('billing', container.get(Billing))
    expect(container.isBound(BillingHandlers)).toBe(false)
  })

  it('gives two workers on one container an instance each, and two containers share nothing', async () => {
    const container = billingContainer()
    const workers = [container, container, billingContainer()].map((one) => createInversifyInstances(one))
    for (const one of workers) await one.prepare([BillingHandlers])
    const handlers = workers.map((one) => singletonOf(one, BillingHandlers) as BillingHandlers)
    expect(new Set(handlers).size).toBe(3)
    expect(new Set(handlers.map(({ billing }) => billing)).size).toBe(2)
  })

  it('uses the binding that the user made', async () => {
    const container = new Container()
    const made = new BillingHandlers(new Billing())
    container.bind(BillingHandlers).toConstantValue(made)
    const instances = createInversifyInstances(container)
    await instances.prepare([BillingHandlers])
    expect(singletonOf(instances, BillingHandlers)).toBe(made)
  })

  it('resolves once what is bound in the default scope', async () => {
    const container = billingContainer()
    container.bind(BillingHandlers).toSelf()
    const instances = createInversifyInstances(container)
    await instances.prepare([BillingHandlers])
    expect(instances.bind(BillingHandlers).kind).toBe('singleton')
  })

  it('waits for asynchronous bindings', async () => {
    const container = new Container()
    const billing = new Billing()
    container.bind(Billing).toDynamicValue(async () => billing)
    const instances = createInversifyInstances(container)
    await instances.prepare([BillingHandlers])
    expect(singletonOf(instances, BillingHandlers)).toHaveProperty('billing', billing)
  })

  it("runs a consumer's @preDestroy when the worker closes, and leaves the container's own alone", async () => {
    const ended: string[] = []
    @injectable()
    class Pool {
      @preDestroy()
      end(): void {
        ended.push('pool')
      }
    }
    @injectable()
    class Handlers {
      constructor(@inject(Pool) readonly pool: Pool) {}
      @preDestroy()
      end(): void {
        ended.push('handlers')
      }
    }
    const container = new Container()
    container.bind(Pool).toSelf().inSingletonScope()
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    await instances.close()
    expect(ended).toEqual(['handlers'])
    expect(container.isBound(Pool)).toBe(true)
  })
})

describe('instances per message', () => {
  const setup = async (bindToo = false) => {
    const ended: object[] = []
    @injectable()
    class UnitOfWork {
      @preDestroy()
      async end(): Promise<void> {
        ended.push(this)
      }
    }
    @injectable('Request')
    class Repository {
      constructor(@inject(UnitOfWork) readonly work: UnitOfWork) {}
    }
    @injectable('Request')
    class Handlers {
      constructor(
        @inject(UnitOfWork) readonly work: UnitOfWork,
        @inject(Repository) readonly repository: Repository,
        @inject(Billing) readonly billing: Billing,
      ) {}
      @preDestroy()
      end(): void {
        ended.push(this)
      }
    }
    const container = billingContainer()
    container.bind(UnitOfWork).toSelf().inRequestScope()
    container.bind(Repository).toSelf()
    if (bindToo) container.bind(Handlers).toSelf()
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    const atStart = ended.length
    const open = async () => {
      const scope = await openOf(instances, Handlers)
      return { ...scope, handlers: scope.instance as Handlers }
    }
    return { ended, atStart, open, instances }
  }

  it.each([
    ['declared by @injectable alone', false],
    ['bound by the user as well', true],
  ])('gives each message its own instances and shares the rest (%s)', async (_how, bindToo) => {
    const { open } = await setup(bindToo)
    const [a, b] = [await open(), await open()]
    expect(a.handlers).not.toBe(b.handlers)
    expect(a.handlers.work).not.toBe(b.handlers.work)
    expect(a.handlers.repository.work).toBe(a.handlers.work)
    expect(a.handlers.billing).toBe(b.handlers.billing)
  })

  it('ends what belongs to the message, and only that, when its scope closes', async () => {
    const { open, ended, atStart } = await setup()
    const [a, b] = [await open(), await open()]
    await a.close()
    expect(ended.slice(atStart)).toHaveLength(2)
    expect(new Set(ended.slice(atStart))).toEqual(new Set([a.handlers, a.handlers.work]))
    await b.close()
    expect(ended.slice(atStart)).toHaveLength(4)
  })

  it('tries each class once at start and gives it back', async () => {
    const { atStart } = await setup()
    expect(atStart).toBe(2)
  })

  it('shows the error of a constructor as it is, and ends what was constructed before', async () => {
    const ended: string[] = []
    const broken = new Error('the database is away')
    let fails = false
    @injectable('Request')
    class UnitOfWork {
      @preDestroy()
      end(): void {
        ended.push('work')
      }
    }
    @injectable('Request')
    class Handlers {
      constructor(@inject(UnitOfWork) readonly work: UnitOfWork) {
        if (fails) throw broken
      }
    }
    const container = new Container()
    container.bind(UnitOfWork).toSelf()
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    fails = true
    ended.length = 0
    await expect(openOf(instances, Handlers)).rejects.toBe(broken)
    expect(ended).toEqual(['work'])
  })
})

describe('what is wrong is an error at start', () => {
  const prepare = (consumer: abstract new (...args: never[]) => object, container = new Container()) =>
    createInversifyInstances(container).prepare([consumer])

  it('names class, parameter, likely cause and fix where a parameter has no @inject', async () => {
    class Handlers {
      constructor(
        @inject(Billing) readonly billing: Billing,
        readonly other: Billing,
      ) {}
    }
    const text = await failureOf(prepare(Handlers, billingContainer()), 'MILLRACE_INJECT_METADATA_MISSING')
    expect(text).toContain('parameter 1 of Handlers')
    expect(text).toContain('tsx, esbuild, vitest')
    expect(text).toContain('@inject(TheClass)')
  })

  it('tells a type-only import from missing emit', async () => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    Reflect.defineMetadata('design:paramtypes', [Function], Handlers)
    decorate(injectable(), Handlers)
    const text = await failureOf(prepare(Handlers), 'MILLRACE_INJECT_METADATA_MISSING')
    expect(text).toContain('parameter 0 of Handlers')
    expect(text).toContain('"import type"')
  })

  it('recognises a token that a circular import left undefined', async () => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    decorate(inject(undefined as never), Handlers, 0)
    const text = await failureOf(prepare(Handlers), 'MILLRACE_INJECT_METADATA_MISSING')
    expect(text).toContain('two files import each other')
  })

  it('refuses an inherited constructor whose injection is not inherited', async () => {
    @injectable()
    class Derived extends BillingHandlers {}
    expect(await failureOf(prepare(Derived, billingContainer()), 'MILLRACE_INJECT_METADATA_MISSING')).toContain(
      '@injectFromBase() in front of class Derived',
    )
    @injectFromBase()
    @injectable()
    class Fixed extends BillingHandlers {}
    await prepare(Fixed, billingContainer())
  })

  it.each([
    ['a class', Billing, 'Billing'],
    ['a symbol', Symbol.for('billing'), 'Symbol(billing)'],
  ])('names the consumer and the token of a missing binding: %s', async (_kind, token, shown) => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    decorate(inject(token), Handlers, 0)
    const text = await failureOf(prepare(Handlers), 'MILLRACE_INJECT_FAILED')
    expect(text).toContain("Handlers can't be constructed")
    expect(text).toContain(shown)
  })

  it('finds the missing binding of a class in request scope before any message arrives', async () => {
    @injectable('Request')
    class Handlers {
      constructor(@inject(Billing) readonly billing: Billing) {}
    }
    expect(await failureOf(prepare(Handlers), 'MILLRACE_INJECT_FAILED')).toContain('Billing')
  })

  it('shows the circle of a circular dependency', async () => {
    const [left, right] = [Symbol('left'), Symbol('right')]
    class Handlers {
      constructor(readonly one: unknown) {}
    }
    decorate(inject(left), Handlers, 0)
    const container = new Container()
    container.bind(left).toResolvedValue((other: unknown) => ({ other }), [right])
    container.bind(right).toResolvedValue((other: unknown) => ({ other }), [left])
    expect(await failureOf(prepare(Handlers, container), 'MILLRACE_INJECT_FAILED')).toMatch(/left.*right.*left/)
  })

  it.each([
    ['an Error', new Error('no licence'), 'no licence'],
    ['something else', { code: 7 }, '{ code: 7 }'],
  ])('names the class whose constructor throws %s, and keeps the cause', async (_kind, thrown, shown) => {
    class Handlers {
      constructor() {
        throw thrown
      }
    }
    const work = prepare(Handlers)
    await expect(work).rejects.toHaveProperty('cause', thrown)
    expect(await failureOf(work, 'MILLRACE_INJECT_FAILED')).toContain(`Handlers can't be constructed: `)
    expect(await failureOf(work, 'MILLRACE_INJECT_FAILED')).toContain(shown)
  })

  it('hands out nothing that was not prepared', () => {
    expect(() => createInversifyInstances().bind(Billing)).toThrow('it was not prepared at start')
  })
})

// `@inject` is a legacy parameter decorator, which TC39 decorators do not have. Two ways without it:
describe('injection without parameter decorators', () => {
  it('takes collaborators through toResolvedValue', async () => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    const container = billingContainer()
    container.bind(Handlers).toResolvedValue((billing) => new Handlers(billing), [Billing])
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    expect(singletonOf(instances, Handlers)).toHaveProperty('billing', container.get(Billing))
  })

  it('takes collaborators through decorate, which leaves the class unbound', async () => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    decorate(inject(Billing), Handlers, 0)
    const container = billingContainer()
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    expect(singletonOf(instances, Handlers)).toHaveProperty('billing', container.get(Billing))
  })

  it('knows request scope from toResolvedValue too', async () => {
    class Handlers {
      constructor(readonly billing: Billing) {}
    }
    const container = billingContainer()
    container
      .bind(Handlers)
      .toResolvedValue((billing) => new Handlers(billing), [Billing])
      .inRequestScope()
    const instances = createInversifyInstances(container)
    await instances.prepare([Handlers])
    const [a, b] = [await openOf(instances, Handlers), await openOf(instances, Handlers)]
    expect(a.instance).not.toBe(b.instance)
    expect(a.instance).toHaveProperty('billing', container.get(Billing))
  })
})
