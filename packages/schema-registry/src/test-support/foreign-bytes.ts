/**
 * Bytes that others wrote, each read back by the same library. Java: Apache Avro 1.12.0 (GenericDatumWriter, once with the direct and once with the
 * blocking encoder), behind five bytes of a DataOutputStream, which is the format of KafkaAvroSerializer. Confluent: the
 * serializers of @confluentinc/schemaregistry 1.10.1 for JavaScript on its mock registry, read by its deserializers.
 */
export const javaAvro = {
  id: 258,
  schema: {
    type: 'record',
    name: 'Order',
    namespace: 'acme',
    fields: [
      { name: 'orderId', type: 'string' },
      { name: 'amount', type: 'double' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['PLACED', 'PAID'] } },
      { name: 'tags', type: { type: 'array', items: 'string' } },
      { name: 'total', type: 'long' },
      { name: 'least', type: 'long' },
      { name: 'prices', type: { type: 'map', values: 'float' } },
      { name: 'raw', type: 'bytes' },
      { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    ],
  },
  direct:
    '0000000102066f2d310000000000002940021266c3bc72206469636802040261026200fcffffffffffff1f81808080808080100202780000c03f000401020304',
  // Arrays and maps in blocks that name their length.
  blocking:
    '0000000102066f2d310000000000002940021266c3bc7220646963680203080261026200fcffffffffffff1f8180808080808010010c02780000c03f000401020304',
  value: {
    ...{ orderId: 'o-1', amount: 12.5, note: 'für dich', status: 'PAID' as const, tags: ['a', 'b'] },
    ...{ total: 9007199254740990, least: -4503599627370497, prices: { x: 1.5 } },
    ...{ raw: Buffer.from([1, 2]), hash: Buffer.from([3, 4]) },
  },
} as const

export const confluentAvro = {
  id: 2,
  schema: {
    type: 'record',
    name: 'Order',
    namespace: 'acme',
    fields: [
      { name: 'orderId', type: 'string' },
      { name: 'amount', type: 'double' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['PLACED', 'PAID'] } },
      { name: 'tags', type: { type: 'array', items: 'string' } },
      { name: 'total', type: 'long' },
    ],
  },
  bytes: '0000000002066f2d310000000000002940021266c3bc7220646963680204026102620080a0abfef962',
  value: {
    ...{
      orderId: 'o-1',
      amount: 12.5,
      note: 'für dich',
      status: 'PAID' as const,
      tags: ['a', 'b'],
      total: 1700000000000,
    },
  },
} as const

export const confluentJson = {
  id: 1,
  schema: {
    type: 'object',
    title: 'Order',
    properties: { orderId: { type: 'string' }, amount: { type: 'number' } },
    required: ['orderId'],
  },
  bytes: '00000000017b226f726465724964223a226f2d31222c22616d6f756e74223a31322e357d',
  value: { orderId: 'o-1', amount: 12.5 },
} as const

export const confluentProtobuf = {
  id: 1,
  schema: `syntax = "proto3";
    package acme;
    message Envelope { string id = 1; message Inner { string text = 1; } }
    message Order { string order_id = 1; int64 total = 2; message Line { string sku = 1; } }`,
  messages: [
    ['acme.Envelope', '0000000001000a03652d31', { id: 'e-1' }],
    ['acme.Envelope.Inner', '00000000010400000a026869', { text: 'hi' }],
    ['acme.Order', '000000000102020a036f2d31108180808080808010', { orderId: 'o-1', total: '9007199254740993' }],
    ['acme.Order.Line', '00000000010402000a03732d31', { sku: 's-1' }],
  ],
} as const
