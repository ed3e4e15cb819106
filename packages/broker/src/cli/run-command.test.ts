import { describe, expect, it } from 'vitest'
import { connectRaw } from '../server/test-support/raw-client.js'
import { runCommand } from './run-command.js'

/** The command in this process, and a promise for the first line that matches. */
function start(...argv: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const ended = new AbortController()
  const waiting: { pattern: RegExp; found: (line: string) => void }[] = []
  const code = runCommand(argv, {
    out(line) {
      out.push(line)
      for (const { pattern, found } of waiting) if (pattern.test(line)) found(line)
    },
    error: (line) => void errors.push(line),
    version: '1.2.3',
    signal: ended.signal,
  })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const present = out.find((each) => pattern.test(each))
      if (present === undefined) waiting.push({ pattern, found: resolve })
      else resolve(present)
    })
  return { code, out, errors, line, end: () => ended.abort() }
}

const portIn = (line: string): number => Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])

describe('the command', () => {
  it('tells what happens, answers clients, and sums up at the end', async () => {
    const command = start('--port', '0', '--topic', 'orders:6')
    const port = portIn(await command.line(/listening on/))
    const socketFactory = (): never => expect.unreachable('it is reached over TCP')
    const client = await connectRaw({ host: '127.0.0.1', port, socketFactory }, 'tcp')
    expect((await client.ask('Metadata', 5, { topics: null })).topics[0]?.partitions.length).toBe(6)
    command.end()
    expect(await command.code).toBe(0)
    expect(command.out.map((line) => line.replace(/^[\d:.]{12} /, ''))).toEqual([
      'topic orders created with 6 partitions',
      `listening on 127.0.0.1:${port}`,
      expect.stringMatching(/^connection 1 from 127\.0\.0\.1:\d+$/),
      'connection 1 closed by the broker',
      'stopped',
      expect.stringMatching(/^up \d+\.\d s: 0 records in 1 topics, 0 groups, 0 transactions, 1 connections$/),
    ])
    client.end()
  })

  it('says little when it is to be quiet', async () => {
    const command = start('--port', '0', '--quiet', '--topic', 'a')
    await command.line(/listening on/)
    command.end()
    await command.code
    expect(command.out).toEqual([expect.stringMatching(/^listening on 127/), expect.stringMatching(/^up /)])
  })

  it('speaks JSON', async () => {
    const command = start('--port', '0', '--json', '--topic', 'a:2')
    await command.line(/broker\.started/)
    command.end()
    await command.code
    const objects = command.out.map((line): { kind: string } => JSON.parse(line))
    expect(objects.map(({ kind }) => kind)).toEqual(['topic.created', 'broker.started', 'broker.stopped', 'summary'])
    expect(objects[0]).toMatchObject({ topic: 'a', partitions: 2, at: expect.stringMatching(/^\d{4}-/) })
  })

  it('ends at once when it was told to before it began', async () => {
    const command = start('--port', '0', '--quiet')
    command.end()
    expect(await command.code).toBe(0)
  })

  it.each([
    [['--help'], 0, /Usage: millrace-broker/],
    [['--version'], 0, /^1\.2\.3$/],
  ])('answers %j', async (argv, code, text) => {
    const command = start(...argv)
    expect(await command.code).toBe(code)
    expect(command.out.join('\n')).toMatch(text)
  })

  it.each([
    [['--nonsense'], 2, /'--nonsense'/],
    [['--port', 'x', '--memory', 'y'], 2, /port is NaN(.|\n)*memoryLimit is y/],
    [['--host', '203.0.113.1', '--port', '0'], 1, /EADDRNOTAVAIL/],
  ])('refuses %j', async (argv, code, text) => {
    const command = start(...argv)
    expect(await command.code).toBe(code)
    expect(command.errors.join('\n')).toMatch(text)
    expect(command.out.filter((line) => line.includes('listening'))).toEqual([])
  })
})
