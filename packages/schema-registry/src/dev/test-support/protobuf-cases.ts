import { casesOf } from './compatibility-case.js'

const proto = (...lines: readonly string[]): string => ['syntax = "proto3";', 'package shop;', ...lines].join('\n')
const proto2 = (...lines: readonly string[]): string => ['syntax = "proto2";', 'package shop;', ...lines].join('\n')
const order = (...fields: readonly string[]): string => proto(`message Order { string id = 1; ${fields.join(' ')} }`)
const of = (type: string): string => order(`${type} value = 2;`)

/** By the rules of protobuf.dev, "Updating A Message Type", as Confluent's registry applies them. */
export const protobufCases = casesOf([
  ['nothing', order(), order(), 'both'],
  ['a field comes', order(), of('int32'), 'both'],
  ['a field gets another name', of('int32'), order('int32 worth = 2;'), 'both'],
  ['fields change places', order('int32 n = 2;'), proto('message Order { int32 n = 2; string id = 1; }'), 'both'],
  ['a field gets another number', of('int32'), order('int32 value = 3;'), 'both'],
  ['int32 becomes int64', of('int32'), of('int64'), 'both'],
  ['int32 becomes bool', of('int32'), of('bool'), 'both'],
  ['int32 becomes sint32', of('int32'), of('sint32'), 'neither'],
  ['sint32 becomes sint64', of('sint32'), of('sint64'), 'both'],
  ['fixed32 becomes sfixed32', of('fixed32'), of('sfixed32'), 'both'],
  ['fixed64 becomes sfixed64', of('fixed64'), of('sfixed64'), 'both'],
  ['fixed32 becomes fixed64', of('fixed32'), of('fixed64'), 'neither'],
  ['float becomes double', of('float'), of('double'), 'neither'],
  ['string becomes bytes', of('string'), of('bytes'), 'both'],
  ['string becomes int32', of('string'), of('int32'), 'neither'],
  [
    'an enum becomes int32',
    order('enum Colour { RED = 0; } Colour value = 2;'),
    order('enum Colour { RED = 0; } int32 value = 2;'),
    'both',
  ],
  [
    'a value comes to an enum',
    order('enum C { A = 0; } C value = 2;'),
    order('enum C { A = 0; B = 1; } C value = 2;'),
    'both',
  ],
  ['a text becomes repeated', of('string'), of('repeated string'), 'both'],
  ['a number becomes repeated', of('int32'), of('repeated int32'), 'neither'],
  [
    'a message becomes a text',
    order('message In { string a = 1; } In value = 2;'),
    order('message In { string a = 1; } string value = 2;'),
    'neither',
  ],
  [
    'a message becomes another one',
    order('message In { string a = 1; } message Out { string a = 1; } In value = 2;'),
    order('message In { string a = 1; } message Out { string a = 1; } Out value = 2;'),
    'neither',
  ],
  [
    'an inner field changes',
    order('message In { string a = 1; } In value = 2;'),
    order('message In { int32 a = 1; } In value = 2;'),
    'neither',
  ],
  ['a message comes', order(), `${order()}\nmessage Line { string id = 1; }`, 'backward'],
  [
    'a message comes first',
    order(),
    proto('message Line { string id = 1; }', 'message Order { string id = 1; }'),
    'backward',
  ],
  ['the values of a map change', of('map<string, int32>'), of('map<string, string>'), 'neither'],
  ['a map becomes a text', of('map<string, int32>'), of('string'), 'neither'],
  ['a field moves into a new oneof', of('string'), order('oneof choice { string value = 2; }'), 'both'],
  [
    'two fields move into a oneof',
    order('string a = 2; string b = 3;'),
    order('oneof choice { string a = 2; string b = 3; }'),
    'forward',
  ],
  [
    'a field moves into a oneof that was there',
    order('oneof choice { string a = 2; } string b = 3;'),
    order('oneof choice { string a = 2; string b = 3; }'),
    'forward',
  ],
  [
    'a field comes to a oneof',
    order('oneof choice { string a = 2; }'),
    order('oneof choice { string a = 2; string b = 3; }'),
    'backward',
  ],
  [
    'a required field comes',
    proto2('message Order { optional string id = 1; }'),
    proto2('message Order { optional string id = 1; required int32 n = 2; }'),
    'neither',
  ],
  ['a field takes a number that was reserved', order('reserved 2;'), of('string'), 'forward'],
  [
    'a field takes a number of a range that was reserved',
    order('reserved 2 to 9;'),
    order('string late = 9;'),
    'forward',
  ],
])
