import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createExplainClosed } from './explain-closed.js'

/** A listener that does with the first bytes of each connection what the script says; `address` is where it is. */
async function setup(onBytes: (socket: Socket, bytes: Buffer) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => onBytes(socket, bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

const isTls = (bytes: Buffer): boolean => bytes[0] === 0x16
const apiKey = (bytes: Buffer): number => bytes.readInt16BE(4)
const HANDSHAKE = 17
/** Length, correlation id, error code, mechanisms. */
function answer(asked: Buffer, errorCode: number, mechanisms: readonly string[]): Buffer {
  const fixed = Buffer.alloc(14)
  asked.copy(fixed, 4, 8, 12)
  fixed.writeInt16BE(errorCode, 8)
  fixed.writeInt32BE(mechanisms.length, 10)
  const names = mechanisms.flatMap((name) => [Buffer.from([0, name.length]), Buffer.from(name)])
  const bytes = Buffer.concat([fixed, ...names])
  bytes.writeInt32BE(bytes.length - 4, 0)
  return bytes
}
const sasl = { mechanism: 'plain', username: 'u', password: 'secret' } as const

it('knows a TLS listener by its alert, whatever it alerts of', async () => {
  const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 40])
  const address = await setup((socket, bytes) => (isTls(bytes) ? socket.end(alert) : socket.destroy()))
  expect(await createExplainClosed({})(address)).toMatch(/^the listener speaks TLS, and none is configured/)
  expect(await createExplainClosed({ ssl: false, sasl })(address)).toMatch(/speaks TLS/)
})

it('knows a plain listener by its answer to a plain request', async () => {
  const address = await setup((socket, bytes) => {
    if (isTls(bytes)) socket.destroy()
    else socket.write(answer(bytes, 0, []))
  })
  for (const security of [{ ssl: true }, { ssl: {}, sasl }]) {
    expect(await createExplainClosed(security)(address)).toMatch(
      /^TLS is configured, and the listener speaks plain text/,
    )
  }
})

it.each([
  ['has the mechanism', 0],
  ['has others', 33],
])('knows a listener that asks for SASL and %s', async (_what, code) => {
  const address = await setup((socket, bytes) => {
    if (isTls(bytes) || apiKey(bytes) !== HANDSHAKE) socket.destroy()
    else for (const byte of answer(bytes, code, ['SCRAM-SHA-256', 'OAUTHBEARER'])) socket.write(Buffer.from([byte]))
  })
  expect(await createExplainClosed({})(address)).toBe(
    'the listener asks for SASL (SCRAM-SHA-256, OAUTHBEARER), and none is configured: use security protocol SASL_PLAINTEXT',
  )
  expect(await createExplainClosed({ sasl })(address)).toBeUndefined()
})

it.each<[string, (socket: Socket, bytes: Buffer) => void]>([
  ['closes', (socket) => socket.destroy()],
  ['says nothing', () => undefined],
  [
    'asks for no SASL',
    (socket, bytes) =>
      isTls(bytes) || apiKey(bytes) !== HANDSHAKE ? socket.destroy() : socket.write(answer(bytes, 34, [])),
  ],
  ['speaks something else', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['answers too much', (socket, bytes) => socket.write(Buffer.concat([Buffer.from([0x7f, 0, 0, 0]), bytes]))],
])('does not guess about a listener that %s', async (_what, onBytes) => {
  expect(await createExplainClosed({}, 100)(await setup(onBytes))).toBeUndefined()
})

it('does not guess about a listener that closes whatever comes, TLS or not', async () => {
  const address = await setup((socket) => socket.destroy())
  for (const security of [{ ssl: true }, { ssl: true, sasl }]) {
    expect(await createExplainClosed(security)(address)).toBeUndefined()
  }
})

it.each(['nowhere', '127.0.0.1:1', '[::1]:1'])('knows nothing of %s', async (address) => {
  expect(await createExplainClosed({}, 500)(address)).toBeUndefined()
})
