import { bytes, DeadLetter, defineConsumer, handle, json, type MessageContext, topic, utf8 } from '@millrace/core'
import {
  type BadInput,
  badHeaderLists,
  badHeaderNames,
  badHeaderValues,
  badKeys,
  brokenJsonValues,
  type FixtureRecord,
  oddJsonValues,
  type ProduceOptions,
} from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { createInProcessWorkers } from './rig/in-process-workers.js'
import { createStage, type Stage } from './test-support/stage.js'

/** What becomes of a record: its handler takes it, its handler refuses it, or it does not even decode. */
type Fate = 'processed' | 'handle' | 'decode'

interface HostileRecord extends FixtureRecord {
  readonly name: string
  readonly fate: Fate
}

const taken = '{"take":true}'
const refused = '{"take":false}'
const values = (inputs: readonly BadInput<Buffer>[], fateOf: (name: string) => Fate): HostileRecord[] =>
  inputs.map(({ name, make }) => ({ name, fate: fateOf(name), value: make() }))

/** Java writes header names as text: a name of other bytes can't come from it. */
const isText = ({ make }: BadInput<Buffer>): boolean => Buffer.from(make().toString('utf8')).equals(make())
const headerNames = badHeaderNames.filter(isText).map(({ name, make }) => ({ name, header: make().toString('utf8') }))

const hostileRecords: readonly HostileRecord[] = [
  { name: 'a tombstone that nobody declared', fate: 'decode', value: null },
  ...values(brokenJsonValues, (name) => (name === 'byte order mark' ? 'processed' : 'decode')),
  ...values(oddJsonValues, () => 'processed'),
  { name: 'invalid UTF-8', fate: 'decode', value: Buffer.from([0xff, 0xfe, 0xc3, 0x28]) },
  { name: 'JSON 10,000 deep, cut in the middle', fate: 'decode', value: '['.repeat(10_000) },
  { name: '1 MB of JSON', fate: 'processed', value: JSON.stringify('x'.repeat(999_998)) },
  { name: '1 MB of something else', fate: 'decode', value: Buffer.alloc(1_000_000, 'x') },
  ...badKeys.flatMap(({ name, make }): HostileRecord[] => {
    const key = make()
    const isBroken = name === 'not UTF-8'
    return [
      { name: `key: ${name}`, fate: isBroken ? 'decode' : 'processed', key, value: taken },
      { name: `key: ${name}, refused`, fate: isBroken ? 'decode' : 'handle', key, value: refused },
    ]
  }),
  ...headerNames.flatMap(({ name, header }): HostileRecord[] => [
    { name: `header name ${name}`, fate: 'processed', value: taken, headers: [[header, 'v']] },
    { name: `header name ${name}, refused`, fate: 'handle', value: refused, headers: [[header, 'v']] },
  ]),
  ...badHeaderValues.map(({ name, make }): HostileRecord => {
    return { name: `header value ${name}`, fate: 'handle', value: refused, headers: [['attempts', make()]] }
  }),
  ...badHeaderLists.map(({ name, make }): HostileRecord => {
    const headers = make()
      .filter(([key]) => Buffer.from(key.toString('utf8')).equals(key))
      .map(([key, value]) => [key.toString('utf8'), value] as const)
    return { name, fate: 'handle', value: refused, headers }
  }),
  ...[0, 1, 1_000_000_000_000].map((timestamp): HostileRecord => {
    return { name: `timestamp ${timestamp}`, fate: 'handle', value: refused, timestamp }
  }),
  { name: 'an ordinary one at the end', fate: 'processed', value: taken },
]

describeWithBroker('records that no producer should write', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  afterEach(() => workers.stopAll())

  test('are processed, or arrive byte by byte in the dead-letter topic', async () => {
    const partitions = 4
    const stage = await createStage(broker, { partitions })
    const records = hostileRecords.map((record, at) => ({ partition: at % partitions, ...record }))
    await stage.produce(records)
    const prototypes = fingerprintOfPrototypes()
    const seen: string[] = []
    const read = (message: unknown, ctx: MessageContext<string>): void => {
      readEverything(ctx)
      if (Reflect.get(Object(message), 'take') === false) throw new DeadLetter('refused')
      seen.push(`${ctx.partition}/${ctx.offset}`)
    }
    const work = topic(stage.topic, { key: utf8, value: json() })
    const consumers = [defineConsumer({ group: stage.group, handlers: [handle(work, { deadLetter: true }, read)] })]
    const { worker, events, until, stop } = await workers.start({ consumers })
    await until('every record is settled', () => {
      const [totals] = worker.inspect().handlers
      return (totals?.processed ?? 0) + (totals?.deadLettered ?? 0) === records.length
    })

    expect(fingerprintOfPrototypes()).toEqual(prototypes)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(worker.inspect()).toMatchObject({ isReady: true, groups: [{ rebalances: 1, deaths: 0 }] })
    expect(events('partition.failed')).toEqual([])
    await stop()

    const fates = new Map<string, Fate>(seen.map((at) => [at, 'processed']))
    for (const letter of await stage.deadLetters()) {
      const stageOf = letter.header('stage')
      if (stageOf === 'decode' || stageOf === 'handle') fates.set(letter.source, stageOf)
      expect(letter.header('attempts')).toBe('1')
      expect(letter.header('source-topic')).toBe(stage.topic)
      expect(`${letter.partition}/`).toBe(letter.source.slice(0, 2))
    }
    expect(fateByName(records, fates)).toEqual(new Map(records.map(({ name, fate }) => [name, fate])))
    expect(await stage.committed()).toEqual(await stage.ends())
  })

  test('a declared tombstone reaches the handler as null, with its key', async () => {
    const stage = await createStage(broker)
    await stage.produce([
      { key: 'a', value: taken },
      { key: 'a', value: null },
      { key: null, value: null },
      { key: 'b', value: '' },
    ])
    const seen: unknown[] = []
    const work = topic(stage.topic, { key: utf8, value: bytes, tombstones: true })
    const note = (message: Buffer | null, { key }: MessageContext<string>): unknown => seen.push([key, message?.length])
    const consumers = [defineConsumer({ group: stage.group, handlers: [handle(work, { onExhausted: 'halt' }, note)] })]
    const { until } = await workers.start({ consumers })
    await until('all four', () => seen.length === 4)
    expect(seen).toEqual([
      ['a', taken.length],
      ['a', undefined],
      [null, undefined],
      ['b', 0],
    ])
  })
})

describeWithBroker('batches as Java compresses them', (broker) => {
  const workers = createInProcessWorkers(broker.bootstrap)
  const codecs = ['none', 'gzip', 'lz4', 'zstd', 'snappy'] as const satisfies readonly ProduceOptions['compression'][]
  const perBatch = 300
  let stage: Stage
  beforeAll(async () => {
    stage = await createStage(broker, { partitions: codecs.length })
    for (const compression of codecs) await write(compression)
  })
  afterEach(() => workers.stopAll())

  const write = (compression: (typeof codecs)[number]): Promise<void> => {
    const partition = codecs.indexOf(compression)
    const value = JSON.stringify({ compression, pad: 'x'.repeat(100) })
    return stage.produce(
      Array.from({ length: perBatch }, (_, at) => ({ partition, key: `${at}`, value })),
      { compression },
    )
  }

  test('are read, whatever the codec', async () => {
    const seen = new Map<number, bigint[]>()
    const note = (_message: unknown, { partition, offset }: MessageContext<string>): void => {
      seen.set(partition, [...(seen.get(partition) ?? []), offset])
    }
    const work = topic(stage.topic, { key: utf8, value: json() })
    const consumers = [defineConsumer({ group: stage.group, handlers: [handle(work, { onExhausted: 'halt' }, note)] })]
    const { worker, events, until, stop } = await workers.start({ consumers })
    const isRead = (count: number) => () => codecs.every((_codec, at) => seen.get(at)?.length === count)
    await until('all of them', isRead(perBatch))
    for (const codec of codecs) await write(codec)
    await until('what comes after it', isRead(2 * perBatch))

    const offsets = Array.from({ length: 2 * perBatch }, (_, at) => BigInt(at))
    expect(seen).toEqual(new Map(codecs.map((_codec, at) => [at, offsets])))
    expect(events('partition.failed')).toEqual([])
    expect(worker.inspect()).toMatchObject({ groups: [{ isJoined: true, rebalances: 1, deaths: 0 }] })
    await stop()
    expect(await stage.committed()).toEqual(Object.fromEntries(codecs.map((_codec, at) => [at, 2 * perBatch])))
  })
})

/** Reads all that a context offers, by the names that a record may have chosen to do harm. */
function readEverything(ctx: MessageContext<string>): void {
  for (const [name] of ctx.record.headers.slice(0, 50)) {
    const text = name.toString('utf8')
    const all = ctx.headers.getAll(text)
    if (all.length > 0 && ctx.headers.get(text) === undefined && ctx.record.headers.at(-1)?.[1] !== null)
      throw new Error(`header ${text.slice(0, 20)} is there and is not`)
  }
  if (ctx.id !== `${ctx.topic}/${ctx.partition}/${ctx.offset}`) throw new Error(`a forged id was believed: ${ctx.id}`)
}

const fateByName = (
  records: readonly (HostileRecord & { readonly partition: number })[],
  fates: ReadonlyMap<string, Fate>,
): ReadonlyMap<string, Fate | undefined> => {
  const next = new Map<number, number>()
  return new Map(
    records.map(({ name, partition }) => {
      const offset = next.get(partition) ?? 0
      next.set(partition, offset + 1)
      return [name, fates.get(`${partition}/${offset}`)]
    }),
  )
}

/** Every property of the prototypes that a hostile name could reach. */
const fingerprintOfPrototypes = (): unknown =>
  [Object, Array, Function, Map, Error, Buffer].map((owner) =>
    Reflect.ownKeys(owner.prototype).map((key) => [key, Object.getOwnPropertyDescriptor(owner.prototype, key)]),
  )
