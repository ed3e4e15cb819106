import { describe, expect, it } from 'vitest'
import { parseArguments, usage } from './parse-arguments.js'

const run = (...argv: string[]) => {
  const command = parseArguments(argv)
  if (command.kind !== 'run') throw new Error(`it is ${command.kind}`)
  return command
}

describe('arguments of the command', () => {
  it('have defaults', () => {
    expect(run()).toEqual({
      kind: 'run',
      options: { port: 9092, topics: {}, autoCreateTopics: false },
      output: 'text',
    })
  })

  it('name topics with and without a number of partitions', () => {
    expect(run('--topic', 'orders:6', '--topic', 'plain').options.topics).toEqual({ orders: 6, plain: {} })
  })

  it('become options of the broker', () => {
    const argv = [
      '--port',
      '0',
      '--host',
      '0.0.0.0',
      '--auto-create',
      '--partitions',
      '3',
      '--memory',
      '1GiB',
      '--seed',
      '7',
    ]
    expect(run(...argv).options).toEqual({
      port: 0,
      host: '0.0.0.0',
      topics: {},
      autoCreateTopics: true,
      defaultPartitions: 3,
      memoryLimit: '1GiB',
      seed: 7,
    })
  })

  it.each([
    [['--json'], 'json'],
    [['--quiet'], 'quiet'],
    [['--json', '--quiet'], 'json'],
  ])('say how it speaks: %j', (argv, output) => {
    expect(run(...argv).output).toBe(output)
  })

  it.each([
    [['--help'], 'help'],
    [['-h', '--port', '1'], 'help'],
    [['--version'], 'version'],
    [['--nonsense'], 'wrong'],
    [['positional'], 'wrong'],
    [['--port'], 'wrong'],
  ])('%j is %s', (argv, kind) => {
    expect(parseArguments(argv).kind).toBe(kind)
  })

  it('leave what is no number to the options of the broker to refuse', () => {
    expect(run('--port', 'x', '--topic', 'a:many').options).toMatchObject({
      port: Number.NaN,
      topics: { a: Number.NaN },
    })
  })

  it('are all told by the usage', () => {
    for (const name of ['port', 'host', 'topic', 'auto-create', 'partitions', 'memory', 'seed', 'quiet', 'json']) {
      expect(usage).toContain(`--${name}`)
    }
  })
})
