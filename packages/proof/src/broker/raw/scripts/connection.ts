import { apis } from '@millrace/broker/protocol'
import { buildBatch } from '../build-batch.js'
import { framed, rawRequest } from '../raw-bytes.js'
import { frameOf } from '../raw-connection.js'
import { fetchFrom, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import type { Stage } from '../stage.js'

/** Saying nothing for so long is an answer where nothing else is expected. */
const silenceMs = 400
/** A connection that closes does so at once, but machines are busy. */
const closesMs = 5_000
const waitMs = 1_000
const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1.0' }

/** Sends bytes on a connection of their own and writes down what becomes of it. */
async function after(stage: Stage, note: string, bytes: Buffer, forMs = closesMs): Promise<void> {
  const client = await stage.client()
  client.raw.write(bytes)
  await client.read('ApiVersions', 0, { note, forMs })
}

export const connectionScripts = [
  script('ApiVersions lists what is spoken, in each version', async (s) => {
    for (const version of [0, 1, 2, 3]) await s.ask('ApiVersions', version, software)
  }),
  script('ApiVersions in a version nobody knows is answered in version 0, and the connection lives', async (s) => {
    s.raw.write(framed(rawRequest(18, 99)))
    await s.read('ApiVersions', 0, { note: 'asked as 99' })
    s.raw.write(framed(rawRequest(18, 4, Buffer.from([4, 0x72, 0x61, 0x77, 2, 0x31, 0]))))
    s.raw.write(framed(rawRequest(18, -1)))
    await s.ask('ApiVersions', 1, software)
  }),
  script('ApiVersions refuses client software without a proper name', async (s) => {
    for (const name of ['', '-raw', 'raw-', 'r w', 'raw/1', 'r.a-w']) {
      await s.ask('ApiVersions', 3, { ...software, clientSoftwareName: name }, { note: `name "${name}"` })
    }
    await s.ask('ApiVersions', 3, { ...software, clientSoftwareVersion: '' }, { note: 'no version' })
  }),
  script('versions outside the range of an API close the connection', async (s) => {
    for (const [name, { key }] of Object.entries(apis)) {
      if (name !== 'ApiVersions') await after(s, `${name} 99`, framed(rawRequest(key, 99)))
    }
    await after(s, 'Fetch 3', framed(rawRequest(1, 3)))
    await after(s, 'Fetch -1', framed(rawRequest(1, -1)))
    for (const version of [0, 1, 2]) await after(s, `Produce ${version}`, framed(rawRequest(0, version)))
    await after(s, 'ListOffsets 0', framed(rawRequest(2, 0)))
    await after(s, 'OffsetCommit 1', framed(rawRequest(8, 1)))
    await after(s, 'CreateTopics 1', framed(rawRequest(19, 1)))
  }),
  script('keys that no API has, or had once, close the connection', async (s) => {
    for (const key of [-1, 4, 5, 6, 7, 999, 32_767]) await after(s, `key ${key}`, framed(rawRequest(key, 0)))
  }),
  script('lengths that cannot be close the connection', async (s) => {
    await after(s, 'length 0', framed(Buffer.alloc(0)))
    await after(s, 'length -1', framed(rawRequest(18, 0), -1))
    await after(s, 'length -2147483648', framed(rawRequest(18, 0), -2_147_483_648))
    await after(s, 'more than 100 MB', framed(rawRequest(18, 0), 100 * 1024 ** 2 + 1))
    await after(s, 'the largest', framed(rawRequest(18, 0), 2_147_483_647))
    await after(s, 'exactly 100 MB is waited for', framed(rawRequest(18, 0), 100 * 1024 ** 2), silenceMs)
  }),
  script('headers that are cut short close the connection', async (s) => {
    const whole = rawRequest(18, 0)
    for (const bytes of [1, 2, 4, 8, 9, 12]) await after(s, `${bytes} bytes`, framed(whole.subarray(0, bytes)))
  }),
  script('bodies that are shorter than they say close the connection', async (s) => {
    const metadata = frameOf('Metadata', 1, { topics: [{ name: 'some-topic' }] })
    const rest = metadata.subarray(4)
    for (const missing of [1, 5, 14])
      await after(s, `Metadata 1 without ${missing}`, framed(rest.subarray(0, -missing)))
    await after(s, 'a count of 2147483647', framed(rawRequest(3, 1, Buffer.from('7fffffff', 'hex'))))
    await after(s, 'a negative string length', framed(rawRequest(3, 1, Buffer.from('00000001ffff', 'hex'))))
  }),
  script('bytes left over behind a body are ignored', async (s) => {
    s.raw.write(framed(rawRequest(18, 0, Buffer.from('left over'))))
    await s.read('ApiVersions', 0)
    await s.ask('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: '' })
  }),
  script('half a frame waits for the other half', async (s) => {
    const frame = frameOf('ApiVersions', 0, {})
    s.raw.write(frame.subarray(0, 9))
    await s.read('ApiVersions', 0, { note: 'half', forMs: silenceMs })
    s.raw.write(frame.subarray(9))
    await s.read('ApiVersions', 0, { note: 'whole' })
  }),
  script('a frame may come byte by byte', async (s) => {
    for (const byte of frameOf('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: 'm' })) {
      s.raw.write(Buffer.of(byte))
    }
    await s.read('Heartbeat', 0)
  }),
  script('requests in one piece are answered in their order', async (s) => {
    const heartbeat = { groupId: 'g', generationId: 0, memberId: 'm' }
    const group = { key: 'g', keyType: 7 }
    s.raw.write(Buffer.concat([frameOf('Heartbeat', 3, heartbeat), frameOf('FindCoordinator', 2, group)]))
    await s.read('Heartbeat', 3)
    await s.read('FindCoordinator', 2)
  }),
  script('what follows a waiting fetch is answered after it', async (s) => {
    const topic = await s.topic()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs }), { timed: waitMs })
    const behind = s.ask('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: 'm' }, { timed: waitMs })
    await Promise.all([waiting, behind])
  }),
  script('another connection is not held up by a waiting fetch', async (s) => {
    const topic = await s.topic()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs }), { timed: waitMs })
    const other = await s.client()
    await other.ask('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: 'm' }, { timed: waitMs })
    await waiting
  }),
  script('acks 0 gets no answer, and the next request does', async (s) => {
    const topic = await s.topic()
    await s.watch('Produce', 7, produceTo(topic, buildBatch(), { acks: 0 }), { forMs: silenceMs })
    await s.ask('ListOffsets', 2, {
      replicaId: -1,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    })
  }),
  script('acks 0 and an error close the connection', async (s) => {
    const topic = await s.topic()
    const closing = async (note: string, body: Parameters<typeof s.watch<'Produce'>>[2]): Promise<void> => {
      const client = await s.client()
      await client.watch('Produce', 7, body, { note, forMs: closesMs })
    }
    await closing('unknown partition', produceTo(topic, buildBatch(), { acks: 0, partition: 5 }))
    await closing('unknown topic', produceTo(s.named('none'), buildBatch(), { acks: 0 }))
    await closing('wrong checksum', produceTo(topic, buildBatch({ crc: 1 }), { acks: 0 }))
    await s.ask('Fetch', 4, fetchFrom(topic, 0n))
  }),
  script('a producer without records is told so', async (s) => {
    const topic = await s.topic()
    await s.watch('Produce', 7, produceTo(topic, null), { note: 'null records', forMs: silenceMs })
  }),
  script('clients need no name', async (s) => {
    for (const clientId of [null, '']) {
      const client = await s.client(clientId)
      await client.ask('JoinGroup', 4, {
        groupId: s.named('g'),
        sessionTimeoutMs: 30_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      })
    }
  }),
  script('SASL is out of place on a plain listener', async (s) => {
    for (const version of [0, 1]) await s.watch('SaslHandshake', version, { mechanism: 'PLAIN' })
    for (const version of [0, 1]) {
      const client = await s.client()
      await client.watch('SaslAuthenticate', version, { authBytes: Buffer.from('x') })
    }
  }),
]
