import { uniqueName } from '@millrace/testing'
import { describeWithRegistry } from '@millrace/testing/vitest'
import { describe, expect, test } from 'vitest'
import type { Json } from './schemas/json-value.js'
import { isObject } from './schemas/json-value.js'
import { type AnswerDifference, apicurioAnswers, type apicurioWays } from './test-support/apicurio-differences.js'
import { type RegistryAnswer, registryClient, schemaText } from './test-support/registry-client.js'

const order = (...names: readonly string[]) => ({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: names.map((name) => ({ name, type: 'string' })),
})
const withDefault = (...names: readonly string[]) => ({
  ...order('id'),
  fields: [...order('id').fields, ...names.map((name) => ({ name, type: 'string', default: '' }))],
})
const text = JSON.stringify

/** What an answer says, in short: its status and error code, or its body where it is one. */
const refusalOf = ({ status, body }: RegistryAnswer): { status: number; code: Json | undefined } => ({
  status,
  code: isObject(body) ? body['error_code'] : undefined,
})

describeWithRegistry('a schema registry', ({ kind, url }) => {
  const client = registryClient(url)
  const isApicurio = kind === 'apicurio'
  /** What this registry answers: as Confluent documents it, or as the list of Apicurio's differences has it. */
  const expected = (confluent: { status: number; code: Json | undefined }, difference?: AnswerDifference) => {
    if (!isApicurio || difference === undefined) return confluent
    const { status, code } = apicurioAnswers[difference]
    return { status, code }
  }
  /** Names the difference that a test goes around. */
  const differs = (_way: keyof typeof apicurioWays): boolean => isApicurio

  test('registers a schema and gives it back by id, by version and by what it is', async () => {
    const subject = uniqueName('orders')
    const schema = text(order('id'))
    const id = await client.register(subject, order('id'))
    expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ status: 200, body: { schema } })
    expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ status: 200, body: [1] })
    const version = { subject, version: 1, id, schema }
    expect(await client.get(`/subjects/${subject}/versions/1`)).toMatchObject({ status: 200, body: version })
    expect(await client.get(`/subjects/${subject}/versions/latest`)).toMatchObject({ status: 200, body: version })
    expect(await client.get(`/subjects/${subject}/versions/-1`)).toMatchObject({ status: 200, body: version })
    expect(await client.get(`/subjects/${subject}/versions/1/schema`)).toMatchObject({ status: 200, body: order('id') })
    expect(await client.post(`/subjects/${subject}`, { schema })).toMatchObject({ status: 200, body: version })
    const { body: subjects } = await client.get('/subjects')
    expect(subjects).toContain(subject)
    const { headers } = await client.get(`/schemas/ids/${id}`)
    expect(headers.get('content-type')).toMatch(/^application\/(vnd\.schemaregistry\.v1\+)?json/)
  })

  test('registers the same schema once: again, in another spacing, under another subject', async () => {
    const [subject, other] = [uniqueName('orders'), uniqueName('orders')]
    const id = await client.register(subject, order('id'))
    expect(await client.register(subject, order('id'))).toBe(id)
    const spaced = { schema: JSON.stringify(order('id'), null, 2) }
    expect(await client.post(`/subjects/${subject}/versions`, spaced)).toMatchObject({ status: 200, body: { id } })
    expect(await client.register(other, order('id'))).toBe(id)
    expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ body: [1] })
    expect(await client.get(`/schemas/ids/${id}/versions`)).toMatchObject({
      body: expect.arrayContaining([
        { subject, version: 1 },
        { subject: other, version: 1 },
      ]),
    })
  })

  test('counts versions and ids up', async () => {
    const subject = uniqueName('orders')
    const first = await client.register(subject, order('id'))
    const second = await client.register(subject, withDefault('note', subject.replaceAll('-', '_')))
    expect(second).toBeGreaterThan(first)
    expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ body: [1, 2] })
    expect(await client.get(`/subjects/${subject}/versions/latest`)).toMatchObject({ body: { version: 2, id: second } })
    expect(await client.post(`/subjects/${subject}`, { schema: text(order('id')) })).toMatchObject({
      body: { version: 1, id: first },
    })
  })

  test('takes names with slashes and spaces', async () => {
    const subject = uniqueName('orders/new ones')
    const id = await client.register(encodeURIComponent(subject), order('id'))
    expect(await client.get(`/subjects/${encodeURIComponent(subject)}/versions/1`)).toMatchObject({
      body: { subject, id },
    })
  })

  test('knows three types of schemas', async () => {
    const { body } = await client.get('/schemas/types')
    expect(body).toHaveLength(3)
    expect(body).toEqual(expect.arrayContaining(['AVRO', 'JSON', 'PROTOBUF']))
  })

  test.each([
    ['JSON', { type: 'object', properties: { id: { type: 'string' } } }],
    ['PROTOBUF', 'syntax = "proto3";\npackage shop;\n\nmessage Order {\n  string id = 1;\n}\n'],
  ])('says the type of a schema that is not Avro: %s', async (schemaType, written) => {
    const subject = uniqueName('orders')
    const schema = schemaText(written)
    const id = await client.register(subject, written, { schemaType })
    expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ body: { schemaType } })
    expect(await client.get(`/subjects/${subject}/versions/1`)).toMatchObject({ body: { schemaType, id } })
    expect(await client.post(`/subjects/${subject}`, { schema, schemaType })).toMatchObject({
      body: { version: 1, id },
    })
  })

  describe('refuses', () => {
    test.each<
      [
        string,
        { status: number; code: number },
        AnswerDifference | undefined,
        (subject: string) => Promise<RegistryAnswer>,
      ]
    >([
      ['an unknown subject', { status: 404, code: 40401 }, undefined, () => client.get('/subjects/nobody/versions')],
      [
        'a version of an unknown subject',
        { status: 404, code: 40401 },
        undefined,
        () => client.get('/subjects/nobody/versions/1'),
      ],
      [
        'an unknown version',
        { status: 404, code: 40402 },
        undefined,
        (subject) => client.get(`/subjects/${subject}/versions/9`),
      ],
      [
        'a version that is no number',
        { status: 422, code: 42202 },
        'a version that is no number',
        (subject) => client.get(`/subjects/${subject}/versions/zero`),
      ],
      [
        'version 0',
        { status: 422, code: 42202 },
        'version 0',
        (subject) => client.get(`/subjects/${subject}/versions/0`),
      ],
      ['an unknown id', { status: 404, code: 40403 }, undefined, () => client.get('/schemas/ids/987654')],
      [
        'a look-up under an unknown subject',
        { status: 404, code: 40401 },
        undefined,
        () => client.post('/subjects/nobody', { schema: text(order('id')) }),
      ],
      [
        'a look-up of an unknown schema',
        { status: 404, code: 40403 },
        undefined,
        (subject) => client.post(`/subjects/${subject}`, { schema: text(order('other')) }),
      ],
      [
        'what is no JSON',
        { status: 422, code: 42201 },
        undefined,
        (subject) => client.post(`/subjects/${subject}/versions`, { schema: '{' }),
      ],
      [
        'what is no Avro',
        { status: 422, code: 42201 },
        undefined,
        (subject) => client.post(`/subjects/${subject}/versions`, { schema: '{"type":"recor"}' }),
      ],
      [
        'an unknown name in Avro',
        { status: 422, code: 42201 },
        undefined,
        (subject) => client.post(`/subjects/${subject}/versions`, { schema: '"Nobody"' }),
      ],
      [
        'what is no JSON Schema',
        { status: 422, code: 42201 },
        undefined,
        () => client.post(`/subjects/${uniqueName('j')}/versions`, { schema: '{"type":"strin"}', schemaType: 'JSON' }),
      ],
      [
        'what is no .proto file',
        { status: 422, code: 42201 },
        undefined,
        () => client.post(`/subjects/${uniqueName('p')}/versions`, { schema: 'message {', schemaType: 'PROTOBUF' }),
      ],
      [
        'a missing reference',
        { status: 422, code: 42201 },
        undefined,
        () =>
          client.post(`/subjects/${uniqueName('r')}/versions`, {
            schema: text(order('id')),
            references: [{ name: 'shop.Nobody', subject: 'nobody', version: 1 }],
          }),
      ],
      [
        'an incompatible schema',
        { status: 409, code: 409 },
        undefined,
        (subject) => client.post(`/subjects/${subject}/versions`, { schema: text(order('other')) }),
      ],
      [
        'an unknown level',
        { status: 422, code: 42203 },
        'an unknown level',
        (subject) => client.put(`/config/${subject}`, { compatibility: 'SIDEWARD' }),
      ],
      [
        'the level of a subject that has none',
        { status: 404, code: 40408 },
        'the level of a subject that has none',
        (subject) => client.get(`/config/${subject}`),
      ],
      [
        'a check against an unknown version',
        { status: 404, code: 40402 },
        undefined,
        (subject) => client.post(`/compatibility/subjects/${subject}/versions/9`, { schema: text(order('id')) }),
      ],
      [
        'to forget what was not deleted',
        { status: 404, code: 40405 },
        'to forget what was not deleted',
        (subject) => client.delete(`/subjects/${subject}?permanent=true`),
      ],
      [
        'to delete an unknown subject',
        { status: 404, code: 40401 },
        undefined,
        () => client.delete('/subjects/nobody'),
      ],
      [
        'to delete an unknown version',
        { status: 404, code: 40402 },
        undefined,
        (subject) => client.delete(`/subjects/${subject}/versions/9`),
      ],
    ])('%s', async (_what, refusal, difference, ask) => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      const answer = refusalOf(await ask(subject))
      expect(answer).toEqual(expected(refusal, difference))
    })
  })

  describe('levels', () => {
    test('begin at BACKWARD, for all subjects', async () => {
      expect(await client.get('/config')).toMatchObject({ status: 200, body: { compatibilityLevel: 'BACKWARD' } })
    })

    test('can be set for one subject, seen with and without the global one, and taken back', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      const orGlobal = `/config/${subject}?defaultToGlobal=true`
      const global = {
        body: { compatibilityLevel: differs('the level of a subject beside the global one') ? 'NONE' : 'BACKWARD' },
      }
      expect(await client.get(orGlobal)).toMatchObject(global)
      expect(await client.put(`/config/${subject}`, { compatibility: 'FULL' })).toMatchObject({
        body: { compatibility: 'FULL' },
      })
      expect(await client.get(`/config/${subject}`)).toMatchObject({ body: { compatibilityLevel: 'FULL' } })
      expect(await client.get(orGlobal)).toMatchObject({ body: { compatibilityLevel: 'FULL' } })
      expect(await client.delete(`/config/${subject}`)).toMatchObject({ status: 200 })
      expect(await client.get(orGlobal)).toMatchObject(global)
    })

    test('look at the last version, or at all of them where they are transitive', async () => {
      const subject = uniqueName('orders')
      const versions = [order('id'), withDefault('note')]
      for (const schema of versions) await client.register(subject, schema)
      const candidate = {
        schema: text({ ...order('id', 'note'), fields: [order('id').fields[0], { name: 'note', type: 'string' }] }),
      }
      const post = () => client.post(`/subjects/${subject}/versions`, candidate)
      // The second version wrote the note, the first did not.
      await client.put(`/config/${subject}`, { compatibility: 'BACKWARD_TRANSITIVE' })
      expect(refusalOf(await post())).toEqual({ status: 409, code: 409 })
      await client.put(`/config/${subject}`, { compatibility: 'BACKWARD' })
      expect(await post()).toMatchObject({ status: 200 })
    })

    test('FULL asks for both directions', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, withDefault('note'))
      await client.put(`/config/${subject}`, { compatibility: 'FULL' })
      const check = async (schema: object) => {
        const { body } = await client.post(`/compatibility/subjects/${subject}/versions/latest`, {
          schema: text(schema),
        })
        return isObject(body) && body['is_compatible']
      }
      // The first could not be read by the old one, the second could not read it.
      const gone = { ...order('id'), fields: withDefault('note').fields.slice(1) }
      const came = { ...order('id'), fields: [...withDefault('note').fields, { name: 'more', type: 'string' }] }
      expect([await check(gone), await check(came), await check(withDefault())]).toEqual([false, false, true])
    })

    test('NONE lets everything in', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      await client.put(`/config/${subject}`, { compatibility: 'NONE' })
      const { status } = await client.post(`/subjects/${subject}/versions`, { schema: text(order('other')) })
      expect(status).toBe(differs('the level NONE of a subject') ? 409 : 200)
    })
  })

  describe('a check', () => {
    test('says whether a schema could be registered, and registers nothing', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      const check = (schema: object) =>
        client.post(`/compatibility/subjects/${subject}/versions/latest`, { schema: text(schema) })
      expect(await check(withDefault('note'))).toMatchObject({ status: 200, body: { is_compatible: true } })
      expect(await check(order('other'))).toMatchObject({ status: 200, body: { is_compatible: false } })
      expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ body: [1] })
    })

    test('gives its reasons on request', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      const { body } = await client.post(`/compatibility/subjects/${subject}/versions/latest?verbose=true`, {
        schema: text(order('id', 'other')),
      })
      const reasons = {
        messages: expect.arrayContaining([expect.stringContaining('READER_FIELD_MISSING_DEFAULT_VALUE')]),
      }
      expect(body).toMatchObject({ is_compatible: false, ...(differs('reasons of a check') ? {} : reasons) })
      if (differs('reasons of a check')) expect(body).toHaveProperty('reason')
    })

    test('finds nothing to object to under a subject without versions', async () => {
      const path = `/compatibility/subjects/${uniqueName('orders')}/versions/latest`
      const answer = await client.post(path, { schema: text(order('id')) })
      expect(refusalOf(answer)).toEqual(expected({ status: 200, code: undefined }, 'a check under an unknown subject'))
      if (!isApicurio) expect(answer.body).toEqual({ is_compatible: true })
    })
  })

  describe('deletes', () => {
    test('a version softly: its id still reads, its number does not come again', async () => {
      const subject = uniqueName('orders')
      const id = await client.register(subject, withDefault(subject.replaceAll('-', '_')))
      await client.register(subject, withDefault('note'))
      expect(await client.delete(`/subjects/${subject}/versions/1`)).toMatchObject({ status: 200, body: 1 })
      expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ body: [2] })
      expect(refusalOf(await client.get(`/subjects/${subject}/versions/1`))).toEqual({ status: 404, code: 40402 })
      expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ status: 200 })
      await client.register(subject, withDefault('note', 'third'))
      expect(await client.get(`/subjects/${subject}/versions`)).toMatchObject({ body: [2, 3] })
    })

    test('a subject softly, then for good', async () => {
      const subject = uniqueName('orders')
      await client.register(subject, order('id'))
      expect(await client.delete(`/subjects/${subject}`)).toMatchObject({ status: 200, body: [1] })
      expect(refusalOf(await client.get(`/subjects/${subject}/versions`))).toEqual({ status: 404, code: 40401 })
      const { body: left } = await client.get('/subjects')
      expect(left).not.toContain(subject)
      const { body: all } = await client.get('/subjects?deleted=true')
      expect(all).toContain(subject)
      expect(refusalOf(await client.delete(`/subjects/${subject}`))).toEqual({ status: 404, code: 40404 })
      expect(await client.delete(`/subjects/${subject}?permanent=true`)).toMatchObject({ status: 200, body: [1] })
      expect(refusalOf(await client.delete(`/subjects/${subject}?permanent=true`))).toEqual({
        status: 404,
        code: 40401,
      })
    })
  })

  describe('references', () => {
    const customer = (name: string) => ({
      type: 'record',
      name,
      namespace: 'shop',
      fields: [{ name: 'id', type: 'string' }],
    })

    test('let an Avro schema use the type of another subject', async () => {
      const name = uniqueName('Customer').replaceAll('-', '_')
      const [of, subject] = [uniqueName('customers'), uniqueName('orders')]
      await client.register(of, customer(name))
      const using = { ...order('id'), fields: [{ name: 'customer', type: `shop.${name}` }] }
      const references = [{ name: `shop.${name}`, subject: of, version: 1 }]
      const id = await client.register(subject, using, { references })
      expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ body: { references } })
      expect(await client.get(`/subjects/${subject}/versions/1`)).toMatchObject({ body: { references } })
      expect(await client.post(`/subjects/${subject}`, { schema: text(using), references })).toMatchObject({
        body: { id },
      })
      expect(await client.get(`/subjects/${of}/versions/1/referencedby`)).toMatchObject({ body: [id] })
      expect(refusalOf(await client.post(`/subjects/${uniqueName('x')}/versions`, { schema: text(using) }))).toEqual({
        status: 422,
        code: 42201,
      })
    })

    test('let a JSON Schema and a .proto file use others', async () => {
      const [json, proto] = [uniqueName('json'), uniqueName('proto')]
      await client.register(json, { type: 'object', title: json, properties: {} }, { schemaType: 'JSON' })
      await client.register(
        proto,
        `syntax = "proto3"; package ${json.replaceAll('-', '_')}; message Customer { string id = 1; }`,
        {
          schemaType: 'PROTOBUF',
        },
      )
      const use = { type: 'object', properties: { customer: { $ref: 'customer.json' } } }
      await client.register(uniqueName('json'), use, {
        schemaType: 'JSON',
        references: [{ name: 'customer.json', subject: json, version: 1 }],
      })
      const file = `syntax = "proto3"; package shop; import "customer.proto"; message Order { ${json.replaceAll('-', '_')}.Customer customer = 1; }`
      await client.register(uniqueName('proto'), file, {
        schemaType: 'PROTOBUF',
        references: [{ name: 'customer.proto', subject: proto, version: 1 }],
      })
    })
  })

  test('tells where an id is used', async () => {
    const subject = uniqueName('orders')
    const id = await client.register(subject, order(subject.replaceAll('-', '_')))
    const answers = {
      subjects: refusalOf(await client.get(`/schemas/ids/${id}/subjects`)),
      schema: refusalOf(await client.get(`/schemas/ids/${id}/schema`)),
      mode: refusalOf(await client.get('/mode')),
    }
    const given = { status: 200, code: undefined }
    expect(answers).toEqual({
      subjects: expected(given, 'the subjects of an id'),
      schema: expected(given, 'the bare schema of an id'),
      mode: expected(given, 'the mode'),
    })
    expect(await client.get(`/schemas/ids/${id}/versions`)).toMatchObject({ body: [{ subject, version: 1 }] })
  })
})
