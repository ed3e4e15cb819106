import { casesOf } from './compatibility-case.js'

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'Order', namespace: 'shop', fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const id = field('id', 'string')
const of = (type: unknown) => record(id, field('value', type))
const inner = (...fields: readonly object[]) => ({ type: 'record', name: 'Inner', fields })
const colour = (symbols: readonly string[], more: object = {}) => ({ type: 'enum', name: 'Colour', symbols, ...more })
const fixed = (size: number, name = 'Hash') => ({ type: 'fixed', name, size })
const node = (...more: readonly object[]) => ({
  type: 'record',
  name: 'Node',
  fields: [field('next', ['null', 'Node']), ...more],
})

/** By the rules of Avro 1.11, "Schema Resolution". */
export const avroCases = casesOf([
  ['nothing', record(id), record(id), 'both'],
  ['a doc', record(id), { ...record(id), doc: 'What was ordered.' }, 'both'],
  ['a field with a default comes', record(id), record(id, field('n', 'int', { default: 0 })), 'both'],
  ['a field without a default comes', record(id), record(id, field('n', 'int')), 'forward'],
  ['a field without a default goes', record(id, field('n', 'int')), record(id), 'backward'],
  ['a default comes', of('int'), record(id, field('value', 'int', { default: 1 })), 'both'],
  ['fields change places', record(id, field('n', 'int')), record(field('n', 'int'), id), 'both'],
  ['a field gets another name', of('int'), record(id, field('worth', 'int')), 'neither'],
  [
    'a field gets another name and the alias',
    of('int'),
    record(id, field('worth', 'int', { aliases: ['value'] })),
    'backward',
  ],
  [
    'a nullable field with null as default comes',
    record(id),
    record(id, field('n', ['null', 'int'], { default: null })),
    'both',
  ],

  ['int becomes long', of('int'), of('long'), 'backward'],
  ['int becomes float', of('int'), of('float'), 'backward'],
  ['int becomes double', of('int'), of('double'), 'backward'],
  ['long becomes float', of('long'), of('float'), 'backward'],
  ['long becomes double', of('long'), of('double'), 'backward'],
  ['float becomes double', of('float'), of('double'), 'backward'],
  ['string becomes bytes', of('string'), of('bytes'), 'both'],
  ['int becomes string', of('int'), of('string'), 'neither'],
  ['boolean becomes int', of('boolean'), of('int'), 'neither'],
  ['null becomes string', of('null'), of('string'), 'neither'],
  ['a logical type comes', of('long'), of({ type: 'long', logicalType: 'timestamp-millis' }), 'both'],
  ['bytes becomes a fixed', of('bytes'), of(fixed(4)), 'neither'],

  ['a type becomes nullable', of('string'), of(['null', 'string']), 'backward'],
  ['a type becomes nullable the other way round', of('string'), of(['string', 'null']), 'backward'],
  ['a branch comes', of(['null', 'string']), of(['null', 'string', 'int']), 'backward'],
  ['branches change places', of(['null', 'string']), of(['string', 'null']), 'both'],
  ['a branch is promoted', of(['null', 'int']), of(['null', 'long']), 'backward'],
  ['a union of one branch', of('string'), of(['string']), 'both'],
  ['another branch takes the place', of(['null', 'string']), of(['null', 'boolean']), 'neither'],
  ['a record in a union gains a field', of(['null', inner(id)]), of(['null', inner(id, field('n', 'int'))]), 'forward'],

  ['items are promoted', of({ type: 'array', items: 'int' }), of({ type: 'array', items: 'long' }), 'backward'],
  ['items change', of({ type: 'array', items: 'int' }), of({ type: 'array', items: 'string' }), 'neither'],
  ['values are promoted', of({ type: 'map', values: 'float' }), of({ type: 'map', values: 'double' }), 'backward'],
  ['values change', of({ type: 'map', values: 'int' }), of({ type: 'map', values: 'boolean' }), 'neither'],
  ['a list becomes a map', of({ type: 'array', items: 'int' }), of({ type: 'map', values: 'int' }), 'neither'],

  ['a symbol comes', of(colour(['RED'])), of(colour(['RED', 'BLUE'])), 'backward'],
  [
    'a symbol comes where there is a default',
    of(colour(['RED'], { default: 'RED' })),
    of(colour(['RED', 'BLUE'], { default: 'RED' })),
    'both',
  ],
  ['symbols change places', of(colour(['RED', 'BLUE'])), of(colour(['BLUE', 'RED'])), 'both'],
  ['an enum gets another name', of(colour(['RED'])), of({ ...colour(['RED']), name: 'Paint' }), 'neither'],
  ['an enum becomes a string', of(colour(['RED'])), of('string'), 'neither'],

  ['a fixed grows', of(fixed(4)), of(fixed(8)), 'neither'],
  ['a fixed gets another name', of(fixed(4)), of(fixed(4, 'Digest')), 'neither'],
  [
    'a fixed gets another name and the alias',
    of(fixed(4)),
    of({ ...fixed(4, 'Digest'), aliases: ['Hash'] }),
    'backward',
  ],

  [
    'an inner record gains a field with a default',
    of(inner(id)),
    of(inner(id, field('n', 'int', { default: 0 }))),
    'both',
  ],
  ['an inner record gains a field', of(inner(id)), of(inner(id, field('n', 'int'))), 'forward'],
  ['an inner record gets another name', of(inner(id)), of({ ...inner(id), name: 'Other' }), 'neither'],
  ['a record gets another namespace', record(id), { ...record(id), namespace: 'store' }, 'both'],
  ['a record gets another name', record(id), { ...record(id), name: 'Purchase' }, 'neither'],
  [
    'a record gets another name and the alias',
    record(id),
    { ...record(id), name: 'Purchase', aliases: ['Order'] },
    'backward',
  ],

  ['a record inside itself stays', node(), node(), 'both'],
  ['a record inside itself gains a field with a default', node(), node(field('n', 'int', { default: 0 })), 'both'],
  ['a record inside itself gains a field', node(), node(field('n', 'int')), 'forward'],
  ['a record becomes a string', record(id), 'string', 'neither'],
  ['a bare int becomes long', 'int', 'long', 'backward'],
])
