import fc from 'fast-check'
import { apiNames } from '../request-shape.js'
import type { FaultAction, FaultRule, FieldPattern } from '../fault-rule.js'
import { parseRule } from '../parse-rule.js'
import { errorCode, type ErrorName } from '../../protocol/error-codes.js'

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const ms = fc.integer({ min: 0, max: 100_000 })
const count = fc.integer({ min: 1, max: 50 })
const errors = Object.keys(errorCode).filter((error): error is ErrorName => error !== 'NONE')

/** Only the fields that are there: none is undefined. */
const facts = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[] = []) =>
  fc.record(model, { requiredKeys: required }) as fc.Arbitrary<Partial<T>>

const action: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.record({ kind: fc.constant('error' as const), error: fc.constantFrom(...errors) }),
  fc.record({ kind: fc.constantFrom('delay' as const, 'delayAnswer' as const, 'throttle' as const), ms }),
  fc.record({ kind: fc.constantFrom('close' as const, 'drop' as const, 'stall' as const) }),
  fc.record({ kind: fc.constantFrom('dropAnswer' as const, 'swallowAnswer' as const, 'halfAnswer' as const) }),
  facts({ kind: fc.constant('truncateHead' as const), topic: name, partition: ms, to: ms }, ['kind']),
  facts({ kind: fc.constant('forceRebalance' as const), group: name }, ['kind']),
  facts({ kind: fc.constant('expireMember' as const), group: name, member: name }, ['kind']),
  facts({ kind: fc.constant('fenceProducer' as const), transactionalId: name }, ['kind']),
  facts({ kind: fc.constant('holdMarkers' as const), ms, transactionalId: name }, ['kind', 'ms']),
  fc.record({ kind: fc.constant('restart' as const), downMs: ms }),
) as fc.Arbitrary<FaultAction>

const pattern = fc.letrec<{ pattern: FieldPattern; fields: { [field: string]: FieldPattern } }>((tie) => ({
  fields: fc.dictionary(fc.oneof(name, fc.constant('__proto__')), tie('pattern'), { maxKeys: 3 }),
  pattern: fc.oneof({ maxDepth: 2 }, name, fc.integer(), fc.boolean(), fc.constant(null), tie('fields')),
})).fields

/** Rules that can strike. */
export const arbitraryRule: fc.Arbitrary<FaultRule> = fc
  .record(
    {
      on: fc.uniqueArray(fc.constantFrom(...apiNames), { maxLength: 3 }),
      topic: name,
      partition: fc.integer({ min: 0, max: 9 }),
      clientId: name,
      group: name,
      transactionalId: name,
      with: pattern,
      nth: fc.uniqueArray(count, { minLength: 1, maxLength: 4 }),
      every: count,
      after: ms,
      times: count,
      chance: fc.double({ min: 0.001, max: 1, noNaN: true }),
      actions: fc.array(action, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['on', 'actions'] },
  )
  .filter((rule) => parseRule(rule).rule !== undefined) as fc.Arbitrary<FaultRule>
