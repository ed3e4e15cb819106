import { casesOf } from './compatibility-case.js'

const open = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const closed = (properties: object, more: object = {}) => open(properties, { additionalProperties: false, ...more })
const text = { type: 'string' }
const whole = { type: 'integer' }
const number = { type: 'number' }
const of = (value: unknown) => open({ value })

/** By the content models that Confluent documents ("JSON Schema compatibility rules"). */
export const jsonCases = casesOf([
  ['nothing', open({ a: text }), open({ a: text }), 'both'],
  ['a title', open({ a: text }), { ...open({ a: text }), title: 'Order' }, 'both'],
  ['an optional property comes to an open object', open({ a: text }), open({ a: text, b: text }), 'forward'],
  ['a property of any type comes to an open object', open({ a: text }), open({ a: text, b: {} }), 'both'],
  ['an optional property comes to a closed object', closed({ a: text }), closed({ a: text, b: text }), 'backward'],
  [
    'a required property comes to a closed object',
    closed({ a: text }),
    closed({ a: text, b: text }, { required: ['b'] }),
    'neither',
  ],
  [
    'a required property with a default comes to a closed object',
    closed({ a: text }),
    closed({ a: text, b: { ...text, default: '' } }, { required: ['b'] }),
    'backward',
  ],
  ['a property becomes required', open({ a: text }), open({ a: text }, { required: ['a'] }), 'forward'],
  ['a closed object opens', closed({ a: text }), open({ a: text }), 'backward'],
  ['a partly open object opens', open({ a: text }, { additionalProperties: text }), open({ a: text }), 'backward'],
  [
    'others become narrower',
    open({}, { additionalProperties: number }),
    open({}, { additionalProperties: whole }),
    'forward',
  ],
  [
    'a property comes that others covered',
    open({ a: text }, { additionalProperties: text }),
    open({ a: text, b: text }, { additionalProperties: text }),
    'both',
  ],
  [
    'a property comes that others did not cover',
    open({ a: text }, { additionalProperties: text }),
    open({ a: text, b: whole }, { additionalProperties: text }),
    'neither',
  ],
  ['a type changes', of(text), of(whole), 'neither'],
  ['integer becomes number', of(whole), of(number), 'backward'],
  ['a type goes', of(text), of({}), 'backward'],
  ['a type becomes one of two', of(text), of({ type: ['string', 'null'] }), 'backward'],
  ['two types change places', of({ type: ['string', 'null'] }), of({ type: ['null', 'string'] }), 'both'],
  ['a value comes to an enum', of({ enum: ['a'] }), of({ enum: ['a', 'b'] }), 'backward'],
  ['values change places', of({ enum: ['a', 'b'] }), of({ enum: ['b', 'a'] }), 'both'],
  ['values change', of({ enum: ['a', 'b'] }), of({ enum: ['a', 'c'] }), 'neither'],
  ['maxLength grows', of({ ...text, maxLength: 5 }), of({ ...text, maxLength: 9 }), 'backward'],
  ['maxLength goes', of({ ...text, maxLength: 5 }), of(text), 'backward'],
  ['minLength grows', of({ ...text, minLength: 1 }), of({ ...text, minLength: 2 }), 'forward'],
  ['a pattern comes', of(text), of({ ...text, pattern: '^a' }), 'forward'],
  ['a pattern changes', of({ ...text, pattern: '^a' }), of({ ...text, pattern: '^b' }), 'neither'],
  ['maximum grows', of({ ...whole, maximum: 5 }), of({ ...whole, maximum: 9 }), 'backward'],
  ['minimum grows', of({ ...whole, minimum: 5 }), of({ ...whole, minimum: 9 }), 'forward'],
  ['multipleOf becomes a divisor', of({ ...whole, multipleOf: 10 }), of({ ...whole, multipleOf: 5 }), 'backward'],
  ['items become wider', of({ type: 'array', items: whole }), of({ type: 'array', items: number }), 'backward'],
  ['items change', of({ type: 'array', items: whole }), of({ type: 'array', items: text }), 'neither'],
  ['maxItems grows', of({ type: 'array', maxItems: 5 }), of({ type: 'array', maxItems: 9 }), 'backward'],
  [
    'items become unique',
    of({ type: 'array', items: text }),
    of({ type: 'array', items: text, uniqueItems: true }),
    'forward',
  ],
  ['an alternative comes', of({ oneOf: [text, whole] }), of({ oneOf: [text, whole, { type: 'null' }] }), 'backward'],
  ['an alternative of anyOf comes', of({ anyOf: [text] }), of({ anyOf: [text, whole] }), 'backward'],
  ['a type becomes an alternative', of(text), of({ anyOf: [text, whole] }), 'backward'],
  [
    'a part of allOf goes',
    of({
      allOf: [
        { ...text, maxLength: 5 },
        { ...text, minLength: 1 },
      ],
    }),
    of({ allOf: [{ ...text, maxLength: 5 }] }),
    'backward',
  ],
  ['an inner property becomes required', of(open({ a: text })), of(open({ a: text }, { required: ['a'] })), 'forward'],
  [
    'a definition gets narrower',
    { definitions: { v: number }, ...of({ $ref: '#/definitions/v' }) },
    { definitions: { v: whole }, ...of({ $ref: '#/definitions/v' }) },
    'forward',
  ],
  [
    'a schema inside itself gets narrower',
    open({ next: { $ref: '#' }, v: number }),
    open({ next: { $ref: '#' }, v: whole }),
    'forward',
  ],
])
