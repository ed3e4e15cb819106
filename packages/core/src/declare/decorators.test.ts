import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as core from '../index.js'
import { handle } from './define-consumer.js'
import type * as Fixture from './test-support/dual-mode-consumers.js'

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const fixture = pathOf('./test-support/dual-mode-consumers.ts')

/** Compiles the fixture in one decorator mode and runs the output on the core that this test sees. */
function load(experimentalDecorators: boolean): typeof Fixture {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, experimentalDecorators }
  const { outputText } = ts.transpileModule(readFileSync(fixture, 'utf8'), { compilerOptions, fileName: fixture })
  expect(outputText.includes('__esDecorate')).toBe(!experimentalDecorators)
  const module: { exports: unknown } = { exports: {} }
  const run: unknown = compileFunction(outputText, ['module', 'exports', 'require'], { filename: fixture })
  if (typeof run === 'function') run(module, module.exports, () => core)
  return module.exports as typeof Fixture
}

const modes: [string, typeof Fixture][] = [
  ['legacy decorators', load(true)],
  ['TC39 decorators', load(false)],
]

const summaryOf = (plan: core.Plan) =>
  plan.groups.map(({ group, handlers }) => ({
    group,
    handlers: handlers
      .map(({ name, topic, timeoutMs, concurrency, exhaustion }) => [
        name,
        topic.name,
        timeoutMs,
        concurrency,
        exhaustion,
      ])
      .toSorted((one, other) => (JSON.stringify(one[1]) < JSON.stringify(other[1]) ? -1 : 1)),
  }))

const inherits = { inheritKey: true, inheritTimestamp: true, maxOutputs: 10_000 }

const transformsOf = ({ groups }: core.Plan) =>
  groups.flatMap(({ handlers }) =>
    handlers.map(({ name, delivery, timeoutMs, transform }) => {
      const sinks = transform?.sinks.map((sink) => sink.name)
      return [name, delivery, timeoutMs, transform && { ...transform, sinks }]
    }),
  )

const expected = [
  {
    group: 'billing',
    handlers: [
      ['Billing.placed', 'orders.v1', 20_000, 8, { kind: 'dead-letter', topic: 'orders.v1.billing.dlq' }],
      ['Billing.paid', 'payments.v1', 20_000, 16, { kind: 'halt' }],
    ],
  },
  {
    group: 'audit',
    handlers: [
      ['Audit.placed', 'orders.v1', 20_000, 8, { kind: 'dead-letter', topic: 'orders.v1.audit.dlq' }],
      ['Audit.paid', 'payments.v1', 20_000, 16, { kind: 'dead-letter', topic: 'payments.parked' }],
      ['Audit.back', 'refunds.v1', 1_000, 16, { kind: 'dead-letter', topic: 'refunds.v1.audit.dlq' }],
      ['Audit.back', 'returns.v1', 20_000, 16, { kind: 'dead-letter', topic: 'returns.v1.audit.dlq' }],
    ],
  },
  { group: 'symbols', handlers: [['Symbols.byKey', 'orders.v1', 20_000, 16, { kind: 'skip' }]] },
]

describe.each(modes)('%s', (_mode, { Audit, Billing, Invoicing, Misplaced, MisplacedTransform, Nightly, Symbols }) => {
  it('build the plan that the classes declare, inherited handlers included', () => {
    expect(summaryOf(core.buildPlan([Billing, Audit, Symbols]))).toEqual(expected)
  })

  it('name the method to call, so that an override without a decorator runs', () => {
    const results = core.buildPlan([Billing]).groups.flatMap(({ handlers }) =>
      handlers.map(({ target }) => {
        if (target.kind !== 'method') return target.kind
        const method: unknown = Reflect.get(Billing.prototype, target.method)
        return typeof method === 'function' ? method.call(new Billing(), 'a') : method
      }),
    )
    expect(results).toEqual(['billing a', 'settling a'])
  })

  it('let a derived class inherit its consumer', () => {
    expect(core.buildPlan([Nightly]).groups.map(({ group }) => group)).toEqual(['symbols'])
  })

  it('report a decorator on a static method', () => {
    expect(() => core.buildPlan([Misplaced])).toThrow(/Misplaced\.placed: @Handle stands on a static method/)
    expect(() => core.buildPlan([MisplacedTransform])).toThrow(/invoice: @Transform stands on a static method/)
  })

  it('declare transforms beside handlers', () => {
    expect(transformsOf(core.buildPlan([Invoicing]))).toEqual([
      ['Invoicing.invoice', 'exactly-once', 1_000, { ...inherits, sinks: ['invoices.v1'] }],
      [
        'Invoicing.book',
        'at-least-once',
        20_000,
        { ...inherits, inheritKey: false, sinks: ['invoices.v1', 'ledger.v1'] },
      ],
      ['Invoicing.back', 'at-least-once', 20_000, undefined],
    ])
  })
})

it('both modes and the twin without decorators build the same plan', () => {
  const [legacy, standard] = modes.map(([, { Billing, Audit }]) => summaryOf(core.buildPlan([Billing, Audit])))
  expect(legacy).toEqual(standard)

  const run = (): void => {}
  const [, { Orders, Payments, Refunds, Returns }] = modes[0] ?? expect.unreachable()
  const billing = core.defineConsumer({
    group: 'billing',
    handlers: [
      handle(Orders, { name: 'Billing.placed', deadLetter: true, concurrency: 8 }, run),
      handle(Payments, { name: 'Billing.paid', onExhausted: 'halt' }, run),
    ],
  })
  const audit = core.defineConsumer({
    group: 'audit',
    defaults: { deadLetter: true },
    handlers: [
      handle(Orders, { name: 'Audit.placed', deadLetter: true, concurrency: 8 }, run),
      handle(Payments, { name: 'Audit.paid', deadLetter: 'payments.parked' }, run),
      handle(Returns, { name: 'Audit.back' }, run),
      handle(Refunds, { name: 'Audit.back', timeout: '1s' }, run),
    ],
  })
  expect(summaryOf(core.buildPlan([billing, audit]))).toEqual(legacy)
})

it('transform() builds the plan that @Transform builds', () => {
  const [, { Invoices, Invoicing, Ledger, Orders, Payments, Returns }] = modes[0] ?? expect.unreachable()
  const invoicing = core.defineConsumer({
    group: 'invoicing',
    defaults: { deadLetter: true },
    handlers: [
      core.transform(Orders, { name: 'Invoicing.invoice', to: Invoices, timeout: '1s' }, () => null),
      core.transform(
        Payments,
        { name: 'Invoicing.book', to: [Invoices, Ledger], delivery: 'at-least-once', inheritKey: false },
        () => {},
      ),
      handle(Returns, { name: 'Invoicing.back' }, () => {}),
    ],
  })
  expect(transformsOf(core.buildPlan([invoicing]))).toEqual(transformsOf(core.buildPlan([Invoicing])))
  expect(summaryOf(core.buildPlan([invoicing]))).toEqual(summaryOf(core.buildPlan([Invoicing])))
})

it('a compiler without decorator metadata is told apart at once', () => {
  const context = { kind: 'method', name: 'placed', static: false, private: false, metadata: undefined }
  const decorate: unknown = core.Handle(core.topic('orders.v1', { key: core.utf8, value: core.utf8 }), {
    deadLetter: true,
  })
  expect(() => (typeof decorate === 'function' ? decorate(() => {}, context) : decorate)).toThrow(
    /@Handle on placed: .* without metadata/,
  )
})

it('two copies of the package share what was declared', async () => {
  const path = './consumer.js?copy'
  const { Consumer }: typeof core = await import(/* @vite-ignore */ path)
  expect(Consumer).not.toBe(core.Consumer)

  class Shared {
    placed(): void {}
  }
  Consumer({ group: 'shared' })(Shared)
  const orders = core.topic('orders.v1', { key: core.utf8, value: core.utf8 })
  const descriptor = { value: (): void => {} }
  core.Handle(orders, { deadLetter: true })(Shared.prototype, 'placed', descriptor)
  expect(core.buildPlan([Shared]).groups.map(({ group }) => group)).toEqual(['shared'])
})

// Its @ts-expect-error lines prove in both modes that wrong handlers do not compile: an unused one is an error.
it.each([
  ['legacy', true],
  ['TC39', false],
])(
  'wrong handlers and transforms do not compile with %s decorators',
  { timeout: 60_000 },
  (_mode, experimentalDecorators) => {
    const config = ts.readConfigFile(pathOf('../../../../tsconfig.base.json'), (path) => readFileSync(path, 'utf8'))
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, pathOf('../../../..'))
    const files = [pathOf('./handle.test-d.ts'), pathOf('./transform.test-d.ts')]
    const program = ts.createProgram(files, {
      ...options,
      experimentalDecorators,
      noEmit: true,
      customConditions: ['@millrace/source'],
    })
    const found = files.flatMap((file) => {
      const source = program.getSourceFile(file)
      expect(source).toBeDefined()
      return program
        .getSemanticDiagnostics(source)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    })
    expect(found).toEqual([])
  },
)
