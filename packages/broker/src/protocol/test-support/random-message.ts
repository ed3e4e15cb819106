import fc from 'fast-check'
import { nilUuid } from '../default-value.js'
import { type FieldLayout, messageLayout, type StructLayout } from '../message-layout.js'
import type { Message, ScalarType } from '../schema.js'

type Values = fc.Arbitrary<unknown>

const buffers = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const scalars: Readonly<Record<ScalarType, Values>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float64: fc.double({ noNaN: true }),
  string: fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constant('x'.repeat(200))),
  uuid: fc.oneof(
    fc.constant(nilUuid),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  ),
  bytes: buffers,
  records: buffers,
}

/** Any body that the message can have in a version: fields that the version has not are left out. */
export const randomMessage = (message: Message, version: number): fc.Arbitrary<Record<string, unknown>> =>
  randomStruct(messageLayout(message, version))

const randomStruct = ({ fields }: StructLayout): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      fields.filter((field) => field.place !== 'absent').map((field) => [field.name, randomField(field)]),
    ),
    { noNullPrototype: true },
  )

function randomField({ element, isArray, isNullable }: FieldLayout): Values {
  const one: Values = typeof element === 'string' ? scalars[element] : randomStruct(element)
  const value = isArray ? fc.array(one, { maxLength: 4 }) : one
  return isNullable ? fc.option(value, { nil: null, freq: 4 }) : value
}
