import { randomBytes } from 'node:crypto'
import { bytes, defineConsumer, handle, type HandleOptions, topic } from '@millrace/core'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'
import { until } from './rig/until.js'
import { createStage, type Stage } from './test-support/stage.js'

/** What a batch of the dead-letter topic may have: the value below, its key and headers, and little more. */
const maxMessageBytes = 6_000
/** Random, so that no compression makes it fit. */
const fitting = randomBytes(5_200)
const tooLarge = randomBytes(7_000)
const headers = [
  ['error-stack', 'theirs'],
  ['trace', randomBytes(200).toString('hex')],
] as const

/** A failure with a stack and a message that make the whole letter too large. */
const failure = Object.assign(new Error('é'.repeat(500)), { stack: randomBytes(4_000).toString('hex') })

describeWithBroker('a dead letter that does not fit', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  afterEach(() => workers.stopAll())

  async function createTightStage(): Promise<Stage> {
    const stage = await createStage(broker, { partitions: 3 })
    await broker.admin.alterTopic(stage.deadLetterTopic, { 'max.message.bytes': String(maxMessageBytes) })
    return stage
  }

  /** Fails on everything that is longer than a word. */
  const start = (stage: Stage, options: HandleOptions = {}) => {
    const Work = topic(stage.topic, { key: bytes, value: bytes })
    const handler = handle(Work, { retry: 'none', deadLetter: true, errorStack: true, ...options }, (value) => {
      if (value.length > 100) throw failure
    })
    return workers.start({
      consumers: [defineConsumer({ group: stage.group, handlers: [handler] })],
      verifyTopics: false,
    })
  }

  test('is written without our optional headers, and with every byte of the record', async () => {
    const stage = await createTightStage()
    await stage.produce([{ partition: 0, key: 'k', value: fitting, headers }])
    const { events, until: soon } = await start(stage)
    await soon('it is written', () => events('record.dead-lettered').length === 1)

    expect(events('dead-letter.oversize')).toMatchObject([
      { resolution: 'shrunk', error: { code: 'MILLRACE_PRODUCE_TOO_LARGE' } },
    ])
    const [letter] = await stage.deadLetters() // holds it against its original, byte by byte
    expect(letter?.source).toBe('0/0')
    const [whole] = await broker.probe.read(stage.deadLetterTopic)
    const own = whole?.headers.slice(headers.length).map(([name]) => String(name))
    expect(own).toEqual(['source-topic', 'source-partition', 'source-offset', 'error'])
    expect(whole?.headers.at(-1)?.[1]?.toString()).toBe('é'.repeat(128))
  })

  test('halts its partition at the record when no form of it fits; the others go on', async () => {
    const stage = await createTightStage()
    await stage.produce([
      ...[0, 1, 2].map((partition) => ({ partition, value: 'before' })),
      { partition: 0, value: tooLarge, headers },
      ...[0, 1, 2].flatMap((partition) => Array.from({ length: 20 }, () => ({ partition, value: 'behind' }))),
    ])
    const { events, until: soon, worker, stop } = await start(stage)
    await soon('it is halted', () => events('partition.halted').length === 1)
    await soon('the others are done', () => (worker.inspect().handlers[0]?.processed ?? 0) === 43)

    expect(events('partition.halted')).toMatchObject([
      { partition: 0, offset: 1n, error: { code: 'MILLRACE_SETTLE_DEAD_LETTER_TOO_LARGE', cause: failure } },
    ])
    expect(events('dead-letter.oversize')).toMatchObject([{ resolution: 'halted' }])
    const paused = `${stage.topic}[0] of group "${stage.group}" is paused: halted`
    expect(worker.inspect()).toMatchObject({ isReady: false, notReadyBecause: [paused] })
    await until('what was done is committed', async () => ((await stage.committed())[2] === 21 ? true : undefined))
    await stop()
    expect(await stage.committed()).toEqual({ 0: 1, 1: 21, 2: 21 })
    expect(await broker.probe.read(stage.deadLetterTopic)).toEqual([])
  })

  test('goes without its value where that was written, and says so', async () => {
    const stage = await createTightStage()
    await stage.produce([{ partition: 1, key: 'k', value: tooLarge, headers }])
    const { events, until: soon } = await start(stage, { onOversize: 'without-value' })
    await soon('it is written', () => events('record.dead-lettered').length === 1)
    const [letter] = await broker.probe.read(stage.deadLetterTopic)
    expect(letter).toMatchObject({ partition: 1, key: Buffer.from('k'), value: null })
    expect(letter?.headers.slice(0, 2).map((pair) => pair.map(String))).toEqual(headers)
    expect(letter?.headers.at(-1)?.map(String)).toEqual(['omitted-value-bytes', '7000'])
  })
})
