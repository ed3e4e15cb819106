import { startBroker } from '@millrace/broker'
import { expect, it } from 'vitest'
import { playUntilSettled } from './play-until-settled.js'
import { runScripts } from './run-script.js'
import { script } from './script.js'

async function onBroker<T>(play: (address: { host: string; port: number }) => Promise<T>): Promise<T> {
  await using broker = await startBroker()
  return await play({ host: broker.host, port: broker.port })
}

const listing = script('a script that makes a topic', async (s) => {
  const topic = await s.topic()
  await s.ask('Metadata', 1, { topics: [{ name: topic }] })
})

it('writes down the same trace in a second play, which has names of its own', async () => {
  await onBroker(async (address) => {
    const first = await runScripts([listing], address, { atOnce: 1 })
    expect(first[listing.name]).toMatchObject([{ at: 'Metadata 1', says: { topics: [{ errorCode: 0, name: 't' }] } }])
    expect(await runScripts([listing], address, { atOnce: 1, play: 2 })).toEqual(first)
  })
})

it('plays again what did not come out as it should, and gives up after three plays', async () => {
  const seen: string[] = []
  const lucky = script('lucky in the end', async (s) => void seen.push(s.named('t')))
  const never = script('never', async (s) => void seen.push(s.named('t')))
  await onBroker((address) =>
    playUntilSettled([lucky, never], address, {
      atOnce: 1,
      isSettled: (name) => name === lucky.name && seen.includes('lucky-in-the-end-2--t'),
    }),
  )
  expect(seen).toEqual(['lucky-in-the-end--t', 'never--t', 'lucky-in-the-end-2--t', 'never-2--t', 'never-3--t'])
})

it('writes down a closed connection and silence, and ends the script where an answer was expected', async () => {
  const closing = script('closing', async (s) => {
    await s.watch('Produce', 7, { acks: 0, timeoutMs: 100, topicData: [] }, { forMs: 30 })
    s.raw.write(Buffer.from('0000000000', 'hex'))
    await s.ask('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: '' })
    await s.ask('Heartbeat', 1, { groupId: 'g', generationId: 0, memberId: '' })
  })
  const traces = await onBroker((address) => runScripts([closing], address, { atOnce: 1 }))
  expect(traces[closing.name]).toEqual([
    { at: 'Produce 7', says: 'silent' },
    { at: 'Heartbeat 0', says: 'closed' },
  ])
})

it('answers that come out of order are no answers', async () => {
  const wrong = script('another answer first', async (s) => {
    s.raw.write(Buffer.from('00000010 00120000 00000063 0003726177 00000000'.replaceAll(' ', ''), 'hex'))
    await s.ask('Heartbeat', 0, { groupId: 'g', generationId: 0, memberId: '' })
  })
  await expect(onBroker((address) => runScripts([wrong], address, { atOnce: 1 }))).rejects.toThrow('cannot be played')
})
