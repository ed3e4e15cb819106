import descriptor from 'protobufjs/ext/descriptor/index.js'
import { describe, expect, test } from 'vitest'
import { InvalidSchema } from '../schemas/parsed-schema.js'
import { readProtobuf } from './read-protobuf.js'

const everything = `
// A comment, which is no part of a schema.
syntax = "proto3";
package shop.orders;
import "google/protobuf/timestamp.proto";
option java_package = "com.example.shop";
option optimize_for = SPEED;

message Order {
  reserved 20, 30 to 39;
  reserved "gone";
  string id = 1;
  repeated Line order_lines = 2;
  map<string, Line> by_name = 3;
  map<int32, string> notes = 4 [deprecated = true];
  oneof paid {
    string card = 5;
    google.protobuf.Timestamp cash_at = 6;
  }
  optional int32 rating = 7;
  Colour colour = 8;
  repeated int32 counts = 9 [packed = false];
  enum Colour { option allow_alias = true; RED = 0; CRIMSON = 0; BLUE = 1; }
  message Line { string sku = 1; Order parent = 2; }
}
enum Region { NORTH = 0; }
service Orders {
  rpc Place (Order) returns (Order.Line);
  rpc Watch (stream Order) returns (stream Order);
}
`
const proto2 = `
syntax = "proto2";
message Order {
  required string id = 1;
  optional string note = 2 [default = "none"];
  optional int32 count = 3 [default = 7];
  repeated double prices = 4;
}
`

describe('a .proto file', () => {
  test.each([
    ['of proto3', everything],
    ['of proto2', proto2],
  ])('%s is one schema as text and as its descriptor', (_what, text) => {
    const fromText = readProtobuf(text, [])
    const fromDescriptor = readProtobuf(fromText.serialized, [])
    expect(fromDescriptor.canonical).toBe(fromText.canonical)
    expect(readProtobuf(fromDescriptor.text, []).canonical).toBe(fromText.canonical)
    expect(fromText.text).toBe(text)
  })

  test('is one schema however its fields are arranged and spaced', () => {
    const one = readProtobuf('syntax = "proto3"; message A { string a = 1; int32 b = 2; }', [])
    const other = readProtobuf('syntax="proto3";\n// said\nmessage A {\n int32 b = 2; string a = 1;\n}', [])
    expect(other.canonical).toBe(one.canonical)
  })

  test.each([
    ['a package', 'syntax = "proto3"; package b; message A { string a = 1; }'],
    ['another name', 'syntax = "proto3"; message A { string b = 1; }'],
    ['another number', 'syntax = "proto3"; message A { string a = 2; }'],
    ['another type', 'syntax = "proto3"; message A { bytes a = 1; }'],
    ['presence', 'syntax = "proto3"; message A { optional string a = 1; }'],
    ['an option', 'syntax = "proto3"; option java_package = "x"; message A { string a = 1; }'],
    ['proto2', 'syntax = "proto2"; message A { optional string a = 1; }'],
  ])('is another schema with %s', (_what, text) => {
    const { canonical } = readProtobuf('syntax = "proto3"; message A { string a = 1; }', [])
    expect(readProtobuf(text, []).canonical).not.toBe(canonical)
  })

  test('is a descriptor as compilers write it: full names, ends of ranges behind the last number, no word on presence', () => {
    const { serialized, proto } = readProtobuf(everything, [])
    const { FileDescriptorProto } = descriptor
    const { messageType } = FileDescriptorProto.toObject(FileDescriptorProto.decode(Buffer.from(serialized, 'base64')))
    expect(messageType[0]).toMatchObject({
      field: expect.arrayContaining([
        expect.objectContaining({ name: 'by_name', typeName: '.shop.orders.Order.ByNameEntry' }),
      ]),
      nestedType: expect.arrayContaining([
        expect.objectContaining({ name: 'ByNameEntry', options: { mapEntry: true } }),
      ]),
      reservedRange: [
        { start: 20, end: 21 },
        { start: 30, end: 40 },
      ],
    })
    const rating = proto.file.messages[0]?.fields.find(({ name }) => name === 'rating')
    expect([rating?.hasPresence, rating?.options]).toEqual([true, {}])
  })

  test('is the same schema with the JSON names that compilers fill in, and another one with others', () => {
    const file = (options: string) => `syntax = "proto3"; message Order { string order_id = 1 ${options}; }`
    const canonicalOf = (options: string) => readProtobuf(readProtobuf(file(options), []).serialized, []).canonical
    expect(canonicalOf('[json_name = "orderId"]')).toBe(canonicalOf(''))
    expect(canonicalOf('[json_name = "id"]')).not.toBe(canonicalOf(''))
  })

  test('knows the messages of what it imports, and what that imports', () => {
    const references = [
      { name: 'a.proto', text: 'syntax = "proto3"; package a; message A { string x = 1; }' },
      { name: 'b.proto', text: 'syntax = "proto3"; package b; import "a.proto"; message B { a.A a = 1; }' },
    ]
    const { proto } = readProtobuf('syntax = "proto3"; import "b.proto"; message C { b.B b = 1; }', references)
    expect([...proto.messages.keys()]).toEqual(['a.A', 'b.B', 'C'])
    expect(proto.file.messages[0]?.fields[0]?.type).toEqual({ kind: 'message', name: 'b.B' })
  })

  test.each([
    ['that breaks off', 'message {'],
    ['that uses an unknown type', 'syntax = "proto3"; message A { Nobody n = 1; }'],
    ['that imports what is not there', 'syntax = "proto3"; import "nobody.proto"; message A { string a = 1; }'],
    ['that is base64 of something else', Buffer.from('hello there').toString('base64')],
    ['with a number twice', 'syntax = "proto3"; message A { string a = 1; string b = 1; }'],
  ])('is refused %s', (_what, text) => {
    expect(() => readProtobuf(text, [])).toThrow(InvalidSchema)
  })
})
