import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import type { ConnectionEnd } from '../observe/broker-events.js'
import { Parked } from '../requests/answer.js'
import { Connection, type ConnectionLimits, type Reply } from './connection.js'
import { createSocketPair } from './memory-sockets.js'
import { framed } from './test-support/raw-client.js'

const said = (text: string): Reply => ({ bytes: Buffer.from(text), next: 'go on' })

/** A connection whose frames are answered by their own text, unless `handle` knows better. */
async function setup(
  handle: (text: string) => Reply | Parked<Reply> | undefined = () => undefined,
  limits: Partial<ConnectionLimits> = {},
) {
  const clock = createVirtualClock()
  const handled: string[] = []
  const ends: ConnectionEnd[] = []
  const received: string[] = []
  let ended = false
  const [client, socket] = createSocketPair(clock, () => {})
  client.on('data', (chunk: Buffer) => void received.push(chunk.toString()))
  client.on('end', () => (ended = true))
  client.on('error', () => {})
  const connection = new Connection({
    id: 1,
    socket,
    clock,
    limits: { maxFrameBytes: 1_000_000, maxQueuedBytes: 1000, maxUnreadMs: 5_000, ...limits },
    handle(frame) {
      const text = frame.toString()
      handled.push(text)
      return handle(text) ?? said(text)
    },
    onClosed: (reason) => void ends.push(reason),
  })
  await clock.settle()
  const send = async (...texts: string[]): Promise<void> => {
    client.write(Buffer.concat(texts.map((text) => framed(Buffer.from(text)))))
    await clock.settle()
  }
  const text = (): string => received.join('')
  return { clock, client, socket, connection, send, handled, ends, text, hasEnded: () => ended }
}

describe('connection', () => {
  it('answers in the order in which frames came', async () => {
    const { send, text } = await setup()
    await send('a', 'b', 'c')
    expect(text()).toBe('abc')
  })

  it('sends an answer in pieces in their order, before the next one', async () => {
    const pieces: Reply = { ...said('one '), more: ['two ', 'three '].map((piece) => Buffer.from(piece)) }
    const { send, text } = await setup((frame) => (frame === 'long' ? pieces : undefined))
    await send('long', 'next')
    expect(text()).toBe('one two three next')
  })

  it('keeps what is behind a parked answer waiting until it is there', async () => {
    const parked = new Parked<Reply>()
    const { clock, send, handled, text } = await setup((frame) => (frame === 'slow' ? parked : undefined))
    await send('slow', 'quick')
    expect(handled).toEqual(['slow'])
    parked.resolve(said('late '))
    await clock.settle()
    expect(text()).toBe('late quick')
  })

  it('reads and answers nothing while it is frozen, and everything in order when it thaws', async () => {
    const parked = new Parked<Reply>()
    const { clock, connection, send, handled, text } = await setup((frame) => (frame === 'slow' ? parked : undefined))
    await send('slow')
    connection.freeze()
    await send('behind')
    parked.resolve(said('late '))
    await clock.settle()
    expect([handled, text()]).toEqual([['slow'], ''])
    connection.thaw()
    await clock.settle()
    expect([handled, text()]).toEqual([['slow', 'behind'], 'late behind'])
    connection.freeze()
    await send('again')
    connection.close('broker')
    connection.thaw()
    await clock.settle()
    expect(handled).toEqual(['slow', 'behind'])
  })

  it('handles nothing while it is frozen, whatever else comes to its end', async () => {
    const throttled: Reply = { bytes: Buffer.from('throttled'), next: 'go on', muteMs: 50 }
    const { clock, connection, send, handled } = await setup((frame) => (frame === 'a' ? throttled : undefined))
    await send('a', 'b')
    connection.freeze()
    await clock.advance(100)
    expect(handled).toEqual(['a'])
    connection.thaw()
    expect(handled).toEqual(['a', 'b'])
  })

  it('handles the next frame in another turn than the one that ended the wait', async () => {
    const parked = new Parked<Reply>()
    const { clock, send, handled } = await setup((frame) => (frame === 'slow' ? parked : undefined))
    await send('slow', 'quick')
    parked.resolve(said(''))
    expect(handled).toEqual(['slow'])
    await clock.settle()
    expect(handled).toEqual(['slow', 'quick'])
  })

  it('takes an answer that was there before it could be parked', async () => {
    const { send, text } = await setup(() => {
      const parked = new Parked<Reply>()
      parked.resolve(said('x'))
      return parked
    })
    await send('a', 'b')
    expect(text()).toBe('xx')
  })

  it('drops what is parked when its client goes, and says so once', async () => {
    let drops = 0
    const { clock, client, send, ends } = await setup(() => new Parked<Reply>(() => (drops += 1)))
    await send('slow')
    client.destroy()
    await clock.settle()
    expect(drops).toBe(1)
    expect(ends).toEqual(['client'])
  })

  it('writes nothing for an answer that comes after the client has gone', async () => {
    const parked = new Parked<Reply>()
    const { clock, client, send, text } = await setup(() => parked)
    await send('slow')
    client.destroy()
    await clock.settle()
    parked.resolve(said('late'))
    await clock.settle()
    expect(text()).toBe('')
  })

  it('closes on a malformed length after the answers before it have left', async () => {
    const { clock, client, text, ends, hasEnded } = await setup()
    client.write(Buffer.concat([framed(Buffer.from('a')), framed(Buffer.alloc(0), -5)]))
    await clock.settle()
    expect(text()).toBe('a')
    expect(hasEnded()).toBe(true)
    expect(ends).toEqual(['protocol'])
  })

  it('closes when a reply says so and handles nothing behind it', async () => {
    const { send, handled, ends, text } = await setup((frame) =>
      frame === 'last' ? { bytes: Buffer.from('half'), next: { close: 'fault' } } : undefined,
    )
    await send('last', 'never')
    expect(handled).toEqual(['last'])
    expect(text()).toBe('half')
    expect(ends).toEqual(['fault'])
  })

  it('goes on without a word after a reply without bytes', async () => {
    const { send, text } = await setup((frame) => (frame === 'silent' ? { next: 'go on' } : undefined))
    await send('silent', 'b')
    expect(text()).toBe('b')
  })

  it('stays open and deaf once it is stalled, and still notices its client going', async () => {
    const { clock, client, send, handled, ends, hasEnded } = await setup((frame) =>
      frame === 'stall' ? { next: 'stall' } : undefined,
    )
    await send('stall', 'b')
    await send('c')
    expect(handled).toEqual(['stall'])
    expect(hasEnded()).toBe(false)
    client.destroy()
    await clock.settle()
    expect(ends).toEqual(['client'])
  })

  it('does not read a throttled client until its time is over', async () => {
    const { clock, send, handled, text } = await setup((frame) =>
      frame === 'a' ? { ...said('a'), muteMs: 300 } : undefined,
    )
    await send('a', 'b')
    await clock.advance(299)
    expect(text()).toBe('a')
    await clock.advance(1)
    expect(text()).toBe('ab')
    expect(handled).toEqual(['a', 'b'])
  })

  it('stops reading while more waits than may wait, and loses nothing', async () => {
    const parked = new Parked<Reply>()
    const { clock, client, socket, send, handled } = await setup((frame) => (frame === 'slow' ? parked : undefined))
    await send('slow')
    const many = Array.from({ length: 300 }, (_, index) => `frame number ${index} `.padEnd(1000, '.'))
    for (const each of many) client.write(framed(Buffer.from(each)))
    await clock.settle()
    expect(socket.isPaused()).toBe(true)
    expect(client.writableLength).toBeGreaterThan(100_000)
    parked.resolve(said(''))
    await clock.settle()
    await clock.settle()
    expect(handled).toEqual(['slow', ...many])
    expect(socket.isPaused()).toBe(false)
  })

  it('handles the next frame only when the client has taken the answer before it', async () => {
    const { clock, client, send, handled, ends } = await setup((frame) =>
      frame === 'big' ? { bytes: Buffer.alloc(5_000_000), next: 'go on' } : undefined,
    )
    client.pause()
    await send('big', 'small')
    expect(handled).toEqual(['big'])
    client.resume()
    await clock.settle()
    expect(handled).toEqual(['big', 'small'])
    await clock.advance(10_000)
    expect(ends).toEqual([])
  })

  it('closes on a client that never takes its answer', async () => {
    const { clock, client, send, ends } = await setup(() => ({ bytes: Buffer.alloc(5_000_000), next: 'go on' }))
    client.pause()
    await send('big', 'big')
    await clock.advance(4_999)
    expect(ends).toEqual([])
    await clock.advance(1)
    expect(ends).toEqual(['stalled'])
  })

  it('waits for a throttled client to take its answers too', async () => {
    const { clock, client, send, handled, ends } = await setup(() => ({
      bytes: Buffer.alloc(5_000_000),
      next: 'go on',
      muteMs: 300,
    }))
    client.pause()
    await send('big', 'never')
    await clock.advance(300)
    expect(handled).toEqual(['big'])
    await clock.advance(5_000)
    expect(ends).toEqual(['stalled'])
  })

  it('leaves no timer behind when it is closed', async () => {
    const { clock, client, connection, send, ends } = await setup(() => ({ ...said('a'), muteMs: 60_000 }))
    await send('a')
    connection.close('broker')
    connection.close('broker')
    await clock.settle()
    expect(clock.timersWaiting).toBe(0)
    expect(ends).toEqual(['broker'])
    expect(client.readableEnded || client.destroyed).toBe(true)
  })
})
