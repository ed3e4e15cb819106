import { describe, expect, test } from 'vitest'
import { InvalidSchema, type ReferencedText } from '../schemas/parsed-schema.js'
import { jsonDifferences } from './json-differences.js'
import { readJsonSchema } from './read-json-schema.js'

async function kinds(writer: unknown, reader: unknown, references: readonly ReferencedText[] = []): Promise<string[]> {
  const [old, young] = await Promise.all([writer, reader].map((one) => readJsonSchema(JSON.stringify(one), references)))
  if (old === undefined || young === undefined) throw new Error('two schemas were read')
  return jsonDifferences(young.json, old.json).map(({ kind }) => kind)
}

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})
const open = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const text = { type: 'string' }

describe('differences between JSON Schemas', () => {
  test.each<[string, unknown, unknown, readonly string[]]>([
    ['a property that nobody could write goes', closed({ a: false }), closed({}), []],
    [
      'a property goes from a closed object',
      closed({ a: text }),
      closed({}),
      ['PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL'],
    ],
    [
      'a property goes that the rest does not cover',
      open({ a: text }),
      open({}, { additionalProperties: { type: 'integer' } }),
      ['PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', 'ADDITIONAL_PROPERTIES_NARROWED'],
    ],
    [
      'a property goes that a pattern covers',
      closed({ x_a: text }),
      closed({}, { patternProperties: { '^x_': text } }),
      [],
    ],
    ['a closed object takes others of one type', closed({}), open({}, { additionalProperties: text }), []],
    ['an open object closes', open({}), closed({}), ['ADDITIONAL_PROPERTIES_REMOVED']],
    ['a name without a schema becomes required', open({}), open({}, { required: ['a'] }), ['REQUIRED_ATTRIBUTE_ADDED']],
    ['a name without a schema stays required', open({}, { required: ['a'] }), open({}, { required: ['a'] }), []],
    ['a name like one of every object', closed({}), closed({ constructor: text }), []],
    [
      'a keyword comes that is not looked into',
      open({}),
      open({}, { propertyNames: { maxLength: 3 } }),
      ['SCHEMA_CHANGED'],
    ],
    ['a keyword stays that is not looked into', open({}, { not: text }), open({}, { not: text }), []],
    ['a keyword goes that is not looked into', open({}, { not: text }), open({}), []],
    ['nothing is accepted any more', text, false, ['TYPE_CHANGED']],
    ['anything was accepted', true, text, ['TYPE_CHANGED']],
    ['everything is accepted', text, true, []],
    ['nothing was accepted', false, text, []],
    ['a type for values that were listed', { enum: ['a', 'b'] }, { type: 'string' }, []],
    ['another type than the listed values have', { enum: ['a', 1] }, { type: 'string' }, ['TYPE_CHANGED']],
    ['a list for a single value', { const: 'a' }, { enum: ['a', 'b'] }, []],
    ['a list for any text', text, { ...text, enum: ['a'] }, ['ENUM_ARRAY_CHANGED']],
    ['a tuple changes', { items: [text] }, { items: [text, text] }, ['ITEM_CHANGED']],
    ['a tuple stays', { items: [text] }, { items: [text] }, []],
    ['a part comes to allOf', { allOf: [text] }, { allOf: [text, { maxLength: 3 }] }, ['PRODUCT_TYPE_EXTENDED']],
    ['an alternative goes', { anyOf: [text, { type: 'null' }] }, { anyOf: [text] }, ['SUM_TYPE_NARROWED']],
  ])('%s', async (_what, writer, reader, found) => {
    expect(await kinds(writer, reader)).toEqual(found)
  })

  test('follow a $ref by name, by $id, by anchor and through escaped names', async () => {
    const customer = {
      $id: 'https://shop.example/customer',
      definitions: { 'a/b~c': text, anchored: { $id: '#short', ...text } },
    }
    const references = [{ name: 'customer.json', text: JSON.stringify(customer) }]
    const to = ($ref: string) => open({ value: { $ref } })
    for (const place of ['customer.json', 'https://shop.example/customer']) {
      expect(await kinds(open({ value: text }), to(`${place}#/definitions/a~1b~0c`), references)).toEqual([])
      expect(
        await kinds(open({ value: { type: 'integer' } }), to(`${place}#/definitions/a~1b~0c`), references),
      ).toEqual(['TYPE_CHANGED'])
      expect(await kinds(open({ value: { type: 'integer' } }), to(`${place}#short`), references)).toEqual([
        'TYPE_CHANGED',
      ])
    }
  })

  test('are found in a schema that is used twice, in both places', async () => {
    const twice = (v: object) => ({
      definitions: { v },
      ...open({ a: { $ref: '#/definitions/v' }, b: { $ref: '#/definitions/v' } }),
    })
    expect(await kinds(twice(text), twice({ type: 'integer' }))).toEqual(['TYPE_CHANGED', 'TYPE_CHANGED'])
  })
})

describe('a JSON Schema is accepted', () => {
  test.each([
    [
      'of draft 4, with its own keywords',
      { $schema: 'http://json-schema.org/draft-04/schema#', minimum: 1, exclusiveMinimum: true },
    ],
    ['of draft 6', { $schema: 'http://json-schema.org/draft-06/schema#', type: 'string' }],
    ['of draft 2019-09', { $schema: 'https://json-schema.org/draft/2019-09/schema', type: 'string' }],
    [
      'of draft 2020-12, with a tuple',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [text] },
    ],
    ['of a draft of its own', { $schema: 'https://shop.example/schema', type: 'string' }],
    ['with keywords of its own', { type: 'string', 'x-owner': 'shop' }],
    ['with an unknown format', { type: 'string', format: 'order-id' }],
  ])('%s', async (_what, schema) => {
    expect(await readJsonSchema(JSON.stringify(schema), [])).toMatchObject({ text: JSON.stringify(schema) })
  })
})

describe('a JSON Schema is refused', () => {
  test.each<[string, string]>([
    ['that is no JSON', '{'],
    ['that is a list', '[]'],
    ['that is a number', '7'],
    ['with an unknown type', '{"type":"text"}'],
    ['whose $ref leads nowhere', '{"properties":{"a":{"$ref":"#/definitions/nobody"}}}'],
    ['whose $ref names a document that is not there', '{"$ref":"nobody.json"}'],
    ['whose $ref leads to itself', '{"definitions":{"a":{"$ref":"#/definitions/a"}},"$ref":"#/definitions/a"}'],
    [
      'of draft 2019-09 with a bad keyword',
      '{"$schema":"https://json-schema.org/draft/2019-09/schema","minContains":"a"}',
    ],
    [
      'of draft 2020-12 with a bad keyword',
      '{"$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":{}}',
    ],
  ])('%s', async (_what, schema) => {
    await expect(readJsonSchema(schema, [])).rejects.toThrow(InvalidSchema)
  })
})
