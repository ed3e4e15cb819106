import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConfigText, placeOf } from './parse-config-text.js'

describe('a config file', () => {
  it.each([
    ['a.yaml', 'kafka:\n  brokers: [a:1, b:2]\n  sasl:\n    password: 0123\nrestarts: 3\n'],
    ['a.json', '{"kafka":\n {"brokers": ["a:1", "b:2"],\n"sasl": {"password": "0123"}},\n"restarts": 3}'],
  ])('%s is read into values with their places', (file, text) => {
    const { entries, problems } = parseConfigText(text, file)
    expect(problems).toEqual([])
    expect(entries.map(({ path, value, text: written }) => [path.join('.'), value, written])).toEqual([
      ['kafka.brokers', ['a:1', 'b:2'], ''],
      ['kafka.sasl.password', expect.anything(), '0123'],
      ['restarts', 3, '3'],
    ])
    expect(entries.map(placeOf)).toEqual(
      file === 'a.yaml'
        ? ['a.yaml:2:3 kafka.brokers', 'a.yaml:4:5 kafka.sasl.password', 'a.yaml:5:1 restarts']
        : ['a.json:2:3 kafka.brokers', 'a.json:3:10 kafka.sasl.password', 'a.json:4:1 restarts'],
    )
  })

  it.each(['', '# nothing yet\n', '---\n'])('may be empty: %j', (text) => {
    expect(parseConfigText(text, 'a.yaml')).toEqual({ entries: [], problems: [] })
  })

  it.each([
    ['a.yaml', 'kafka: [', 'a.yaml:1:9', 'BAD_'],
    ['a.yaml', 'a: 1\na: 2\n', 'a.yaml:2:1', 'DUPLICATE_KEY'],
    ['a.yaml', 'a: "hunter2\n', 'a.yaml:2:1', 'MISSING_CHAR'],
    ['a.yaml', 'a: {hunter2\n', 'a.yaml:2:1', ''],
    ['a.yaml', 'hunter2', 'a.yaml', 'holds no keys'],
    ['a.yaml', '- hunter2', 'a.yaml', 'holds no keys'],
    ['a.yaml', 'a: &x hunter2\nb: *x\n', 'a.yaml:2:1 b', 'refers to another place'],
    ['a.json', '{"a": hunter2}', 'a.json', 'is not JSON'],
    ['a.json', '{"a": 1,\n "b": "hunter2"', 'a.json:2:16', 'is not JSON'],
    ['a.json', 'a: 1', 'a.json', 'is not JSON'],
    ['a.json', '{"a": 1, "a": 2}', 'a.json:1:10', 'DUPLICATE_KEY'],
  ])('%s with %j is refused at its place, and not quoted', (file, text, where, problem) => {
    const { problems } = parseConfigText(text, file)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.where).toBe(where)
    expect(problems[0]?.problem).toContain(problem)
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('is refused where it is longer than a start can afford', () => {
    expect(parseConfigText(' '.repeat(1_000_001), 'a.yaml').problems).toMatchObject([{ where: 'a.yaml' }])
  })

  it.each(['a.yaml', 'a.json'])('never throws and never quotes, whatever is in %s', (file) => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('{"a": ', 'a: ', '"', '- ', '{', '! '), (text, start) => {
        const secret = 'hunter2'
        const { problems } = parseConfigText(`${start}${secret}${text}`, file)
        expect(JSON.stringify(problems)).not.toContain(secret)
      }),
    )
  })
})
