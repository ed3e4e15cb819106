import { describe, expect, test } from 'vitest'
import type { ReferencedText } from '../schemas/parsed-schema.js'
import { protoDifferences } from './proto-differences.js'
import { readProtobuf } from './read-protobuf.js'

const kinds = (writer: string, reader: string, references: readonly ReferencedText[] = []): string[] => {
  const [old, young] = [writer, reader].map((text) => readProtobuf(`syntax = "proto3"; ${text}`, references).proto)
  if (old === undefined || young === undefined) throw new Error('two files were read')
  return protoDifferences(young, old).map(({ kind, path }) => `${kind} at ${path}`)
}

describe('differences between .proto files', () => {
  test('end where a message holds itself', () => {
    const node = (type: string) => `message Node { Node next = 1; ${type} value = 2; }`
    expect(kinds(node('int32'), node('int64'))).toEqual([])
    expect(kinds(node('int32'), node('string'))).toContain('FIELD_SCALAR_KIND_CHANGED at #/Node/2')
  })

  test('look at the keys of maps', () => {
    const map = (key: string) => `message Order { map<${key}, string> notes = 1; }`
    expect(kinds(map('int32'), map('int64'))).toEqual([])
    expect(kinds(map('int32'), map('string'))).toEqual(['FIELD_SCALAR_KIND_CHANGED at #/Order/1'])
  })

  test('go into what a file imports, and not into what comes with Protobuf', () => {
    const timed = 'import "google/protobuf/timestamp.proto"; message Order { google.protobuf.Timestamp at = 1; }'
    expect(kinds(timed, timed)).toEqual([])
    const [a, b] = ['int32', 'string'].map((type, index) => ({
      name: `c${index}.proto`,
      text: `syntax = "proto3"; package p${index}; import "google/protobuf/timestamp.proto"; message C { ${type} id = 1; google.protobuf.Timestamp at = 2; }`,
    }))
    if (a === undefined || b === undefined) throw new Error('two references')
    const use = (index: number) => `import "c${index}.proto"; message Order { p${index}.C customer = 1; }`
    expect(kinds(use(0), use(0), [a])).toEqual([])
    expect(kinds(use(0), use(1), [a, b])).toEqual(['FIELD_NAMED_TYPE_CHANGED at #/Order/1'])
  })

  test('do not mind another package', () => {
    const file = (name: string) => `package ${name}; message Order { Line line = 1; } message Line { string id = 1; }`
    expect(kinds(file('shop'), file('store'))).toEqual([])
  })
})
