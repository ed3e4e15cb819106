import { describe, expect, test } from 'vitest'
import { allCases } from '../test-support/all-cases.js'
import { apicurioVerdicts } from '../test-support/apicurio-differences.js'
import { schemaText } from '../test-support/registry-client.js'
import { differences } from './differences.js'
import { parseSchema } from './parse-schema.js'

const some = expect.arrayContaining([expect.objectContaining({ kind: expect.any(String), path: expect.any(String) })])

describe.each(allCases)('who reads whom in %s', (type, cases) => {
  test.each(cases)('when $change', async ({ before, after, backward, forward }) => {
    const [old, young] = await Promise.all([before, after].map((one) => parseSchema(type, schemaText(one), [])))
    if (old === undefined || young === undefined) throw new Error('two schemas were parsed')
    expect({ backward: differences(young, old), forward: differences(old, young) }).toEqual({
      backward: backward ? [] : some,
      forward: forward ? [] : some,
    })
  })
})

test('the list of what Apicurio says otherwise names cases that exist', () => {
  const names = allCases.flatMap(([type, cases]) => cases.map(({ change }) => `${type}: ${change}`))
  expect(names).toEqual(expect.arrayContaining(Object.keys(apicurioVerdicts)))
  expect(new Set(names).size).toBe(names.length)
})

test('no type reads another', async () => {
  const [avro, json] = [await parseSchema('AVRO', '"string"', []), await parseSchema('JSON', '{}', [])]
  expect(differences(avro, json)).toMatchObject([{ kind: 'SCHEMA_TYPE_CHANGED' }])
})
