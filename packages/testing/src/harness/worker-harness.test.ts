import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { endWithTest, formatAnnouncement, parseAnnouncement } from './announce.js'
import { formatRunLine } from './run-line.js'
import { createWorkerHarness, type WorkerHarness } from './worker-harness.js'

const harnesses: WorkerHarness[] = []
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map((harness) => harness.close()))
})

/** A harness and a module with this source, in its folder. */
async function setup(source: string) {
  const harness = await createWorkerHarness()
  harnesses.push(harness)
  const entry = join(dirname(harness.runLogOf('x')), 'entry.mjs')
  await writeFile(entry, source)
  return { harness, entry }
}

const say = (signal: string, facts = {}) =>
  `process.stdout.write(${JSON.stringify(formatAnnouncement({ signal, facts }))});`
const stay = 'setInterval(() => {}, 1000);'

describe('announcements', () => {
  it('pass bigints as decimal strings, and leave ordinary output alone', () => {
    const text = formatAnnouncement({ signal: 'joined', facts: { offset: 2n ** 60n } })
    expect(parseAnnouncement(text)).toEqual({ signal: 'joined', facts: { offset: String(2n ** 60n) } })
    expect(parseAnnouncement('{"signal":"joined"}')).toBeUndefined()
    expect(parseAnnouncement('@millrace {"signal":1,"facts":{}}')).toBeUndefined()
    expect(parseAnnouncement('@millrace {"sig')).toBeUndefined()
  })
})

describe('createWorkerHarness', () => {
  it('runs a worker with its name, and hears what it says in chunks and between other output', async () => {
    const { harness, entry } = await setup(
      `console.log('starting ' + process.env.MILLRACE_TEST_WORKER + ' ' + process.argv[2]);
       ${say('joined', { partitions: 2 })} ${say('joined', { partitions: 3 })} ${stay}`,
    )
    const worker = harness.start('one', { entry, args: ['fast'] })
    expect(await worker.said('joined', { where: ({ partitions }) => partitions === 3 })).toEqual({
      signal: 'joined',
      facts: { partitions: 3 },
    })
    expect(worker.stdout).toContain('starting one fast')
  })

  it('collects what a worker wrote into its run log, also after kill -9', async () => {
    const line = { id: 'r', key: null, sequence: 0, topic: 't', partition: 0, offset: 1n, attempt: 1, generation: 1 }
    const text = formatRunLine({ ...line, worker: 'w', edge: 'start', timeMs: 1 })
    const { harness, entry } = await setup(
      `import { appendFileSync } from 'node:fs';
       appendFileSync(process.env.MILLRACE_TEST_RUN_LOG, ${JSON.stringify(text)}); ${say('written')} ${stay}`,
    )
    const worker = harness.start('one', { entry })
    await worker.said('written')
    expect(worker.kill('SIGKILL')).toBe(true)
    expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await harness.runLines()).toMatchObject([line])
  })

  it('tells how a worker ended, and with what output, when it ends before it has said what was awaited', async () => {
    const { harness, entry } = await setup(`console.error('no broker'); process.exitCode = 3`)
    const worker = harness.start('one', { entry })
    await expect(worker.said('joined')).rejects.toThrow(/code 3.*\n[^]*no broker/)
    expect(await worker.exited).toEqual({ code: 3, signal: null })
  })

  it('gives up waiting when the time is over', async () => {
    const { harness, entry } = await setup(stay)
    const worker = harness.start('one', { entry })
    await expect(worker.said('joined', { timeoutMs: 1 })).rejects.toThrow('did not say "joined" in 1 ms')
  })

  it('kills what still runs when it is closed', async () => {
    const { harness, entry } = await setup(`process.on('SIGTERM', () => {}); ${say('up')} ${stay}`)
    const worker = harness.start('one', { entry })
    await worker.said('up')
    await harness.close()
    expect(await worker.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(worker.kill('SIGKILL')).toBe(false)
  })

  it('refuses a name twice, since two workers would share a run log', async () => {
    const { harness, entry } = await setup(stay)
    harness.start('one', { entry })
    expect(() => harness.start('one', { entry })).toThrow('already')
  })

  it('does not outlive a test that was killed, when it asked for that', async () => {
    const { harness, entry } = await setup(
      `import { spawn } from 'node:child_process';
       if (process.argv[2] === 'inner') { (${endWithTest.toString()})(); ${say('inner up')} setTimeout(() => {}, 20_000) }
       else { spawn(process.execPath, [process.argv[1], 'inner'], { stdio: ['pipe', 'inherit', 'inherit'] }); ${stay} }`,
    )
    const outer = harness.start('outer', { entry })
    await outer.said('inner up')
    outer.kill('SIGKILL')
    // The inner process holds the same output open, so this resolves when both are gone.
    expect(await outer.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })
})
