import { describe, expect, it } from 'vitest'
import { readVerb, type Verb } from './read-verb.js'

const group = 'billing'
const topic = 'orders.v1'

describe('a verb is read', () => {
  it.each<[Verb['verb'], object, object]>([
    ['pause', { group }, { which: { group } }],
    ['pause', { group, topic, partition: 0 }, { which: { group, topic, partition: 0 } }],
    ['resume', { group, topic, brake: 'release' }, { which: { group, topic, brake: 'release' } }],
    ['seek', { group, topic, to: 'earliest' }, { to: 'earliest' }],
    ['seek', { group, topic, partition: 3, offset: 42 }, { to: { offset: 42n } }],
    ['seek', { group, topic, partition: 3, offset: '9007199254740993' }, { to: { offset: 9_007_199_254_740_993n } }],
    ['seek', { group, topic, timestamp: '2026-01-31T08:00:00Z' }, { to: { timestamp: 1_769_846_400_000 } }],
    ['seek', { group, topic, timestamp: 0 }, { to: { timestamp: 0 } }],
    ['log-level', { level: 'debug' }, { level: 'debug', forMs: undefined }],
    ['log-level', { level: 'silent', for: '10m' }, { level: 'silent', forMs: 600_000 }],
  ])('%s %j', (verb, body, expected) => {
    expect(readVerb(verb, body)).toMatchObject({ value: { verb, ...expected }, problems: [] })
  })
})

describe('faults of a verb are named by their field', () => {
  it.each<[Verb['verb'], unknown, readonly string[]]>([
    ['pause', null, ['body']],
    ['pause', [], ['body']],
    ['pause', 'billing', ['body']],
    ['pause', {}, ['group']],
    ['pause', { group: '' }, ['group']],
    ['pause', { group: 7, topic: {} }, ['group', 'topic']],
    ['pause', { group, partition: 3 }, ['partition']],
    ['pause', { group, topic, partition: -1 }, ['partition']],
    ['pause', { group, topic, partition: '3' }, ['partition']],
    ['pause', { group, offset: 1 }, ['"offset"']],
    ['pause', JSON.parse('{"group":"billing","__proto__":{}}'), ['"__proto__"']],
    ['resume', { group, brake: 'off' }, ['brake']],
    ['seek', { group, to: 'latest' }, ['topic']],
    ['seek', { group, topic }, ['to']],
    ['seek', { group, topic, to: 'latest', offset: 1 }, ['to']],
    ['seek', { group, topic, to: 'end' }, ['to']],
    ['seek', { group, topic, offset: -1 }, ['offset']],
    ['seek', { group, topic, offset: 1.5 }, ['offset']],
    ['seek', { group, topic, offset: '0x10' }, ['offset']],
    ['seek', { group, topic, timestamp: 'yesterday' }, ['timestamp']],
    ['log-level', {}, ['level']],
    ['log-level', { level: 'loud', for: '10' }, ['level', 'for']],
    ['log-level', { level: 'debug', for: '2d' }, ['for']],
  ])('%s %j', (verb, body, places) => {
    const { value, problems } = readVerb(verb, body)
    expect(value).toBeUndefined()
    expect(problems.map(({ where }) => where)).toEqual(places)
  })
})
