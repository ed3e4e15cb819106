import { createServer, type Socket } from 'node:net'

const [apiVersions, saslHandshake, saslAuthenticate] = [18, 17, 36]
const saslAuthenticationFailed = 58
const mechanisms = ['PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER']

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])

/** A broker that knows nobody: it lets a client say its password, and then refuses it. Resolves with its address. */
export async function refusePasswords(): Promise<AsyncDisposable & { readonly address: string; passwords(): number }> {
  let passwords = 0
  const sockets = new Set<Socket>()
  const answer = (key: number): Buffer => {
    if (key === apiVersions) {
      const rows = [apiVersions, saslHandshake, saslAuthenticate, 3].map((api) =>
        Buffer.concat([int16(api), int16(0), int16(api === saslAuthenticate ? 0 : 1)]),
      )
      return Buffer.concat([int16(0), int32(rows.length), ...rows, int32(0)])
    }
    if (key === saslHandshake) return Buffer.concat([int16(0), int32(mechanisms.length), ...mechanisms.map(text)])
    passwords += 1
    return Buffer.concat([int16(saslAuthenticationFailed), text('Authentication failed'), int32(0)])
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    let held = Buffer.alloc(0)
    socket.on('error', () => socket.destroy()) // a client that hangs up is gone
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const request = held.subarray(4, 4 + held.readInt32BE(0))
        held = held.subarray(4 + request.length)
        const body = answer(request.readInt16BE(0))
        socket.write(Buffer.concat([int32(4 + body.length), request.subarray(4, 8), body]))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `127.0.0.1:${typeof bound === 'object' ? bound?.port : bound}`,
    passwords: () => passwords,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
