import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePorts } from './free-ports.js'

test('gives different ports that can be listened on, below those of outgoing connections', async () => {
  const ports = await freePorts(5)
  expect(new Set(ports).size).toBe(5)
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(20_000)
    expect(port).toBeLessThan(32_768)
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    await new Promise((resolve) => server.close(resolve))
  }
})

test('passes over a taken port', async () => {
  const [taken = 0] = await freePorts(1)
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  const chosen = [taken, taken, taken + 1].map((port) => (port - 20_000 + 0.5) / 12_000)
  expect(await freePorts(1, () => chosen.shift() ?? Math.random())).not.toContain(taken)
  await new Promise((resolve) => server.close(resolve))
})

test('gives up instead of looping where no port is free', async () => {
  await expect(freePorts(2, () => 0.5)).rejects.toThrow('no 2 free ports')
})
