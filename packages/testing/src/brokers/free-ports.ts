import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below what Linux (32768) and macOS (49152) hand to outgoing connections, so that none takes a port while its broker restarts. */
const lowest = 20_000
const highest = 31_999

/** Ports on 127.0.0.1 that were free a moment ago. Another process can still be faster: a launcher tries again with others. */
export async function freePorts(count: number, random: () => number = Math.random): Promise<number[]> {
  const held: Server[] = []
  const ports: number[] = []
  try {
    for (let tries = 0; ports.length < count; tries += 1) {
      if (tries > 200 + count) throw new Error(`no ${count} free ports between ${lowest} and ${highest} on 127.0.0.1`)
      const port = lowest + Math.floor(random() * (highest - lowest + 1))
      const server = await listenOn(port)
      if (server === undefined) continue
      held.push(server)
      ports.push(port)
    }
    return ports
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch {
    return undefined // taken, which is all that was asked
  }
}
