import { setTimeout as turns } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { watchEventLoopLag } from './event-loop-lag.js'

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

it('tells the longest time that the event loop stood still, once', async () => {
  const lag = watchEventLoopLag()
  try {
    let found = 0
    // Node's histogram counts from tick to tick, and has no tick behind it at first and after each reading.
    for (let tries = 0; tries < 10 && found < 0.1; tries += 1) {
      await turns(120)
      block(250)
      await turns(120)
      found = lag.takeMax()
    }
    expect(found).toBeGreaterThan(0.1)
    expect(found).toBeLessThan(3)
    expect(lag.takeMax()).toBe(0)
  } finally {
    lag.close()
  }
})
