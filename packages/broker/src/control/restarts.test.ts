import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { createRestarts } from './restarts.js'

function setup({ failing = false } = {}) {
  const clock = createVirtualClock()
  const did: string[] = []
  const note = (what: string) => () => void did.push(what)
  const restarts = createRestarts({
    clock,
    server: {
      async start() {
        did.push('start')
        if (failing) throw new Error('the port is taken')
      },
      async stop() {
        did.push('stop')
      },
    },
    suspended: [{ suspend: note('suspend'), resume: note('resume') }],
  })
  return { clock, did, restarts }
}

const once = ['stop', 'suspend', 'resume', 'start']

describe('createRestarts', () => {
  it('ends connections before it suspends, and resumes before anybody can connect', async () => {
    const { did, restarts } = setup()
    await restarts.restart(0)
    expect(did).toEqual(once)
  })

  it('is gone for as long as it was told', async () => {
    const { did, restarts, clock } = setup()
    const back = restarts.restart(500)
    await clock.advance(499)
    expect(did).toEqual(['stop', 'suspend'])
    await clock.advance(1)
    await back
    expect(did).toEqual(once)
  })

  it('joins a restart that is under way', async () => {
    const { did, restarts, clock } = setup()
    const both = Promise.all([restarts.restart(500), restarts.restart(9_000)])
    await clock.advance(500)
    await both
    expect(did).toEqual(once)
    await restarts.restart(0)
    expect(did).toEqual([...once, ...once])
  })

  it('stays gone until it is brought up, and comes up once', async () => {
    const { did, restarts, clock } = setup()
    const bringUp = await restarts.takeDown()
    await clock.advance(60_000)
    expect(did).toEqual(['stop', 'suspend'])
    await Promise.all([bringUp(), bringUp()])
    expect(did).toEqual(once)
  })

  it('is taken down once, whoever asks', async () => {
    const { did, restarts } = setup()
    const [one, two] = await Promise.all([restarts.takeDown(), restarts.takeDown()])
    await one()
    await two()
    expect(did).toEqual(once)
  })

  it('can be taken down again after it came back', async () => {
    const { did, restarts } = setup()
    await (await restarts.takeDown())()
    await (await restarts.takeDown())()
    expect(did).toEqual([...once, ...once])
  })

  it('does not come back once the broker is stopped for good, and keeps nobody waiting', async () => {
    const { did, restarts, clock } = setup()
    const back = restarts.restart(500)
    await clock.settle()
    restarts.close()
    await back
    expect(did).toEqual(['stop', 'suspend'])
    expect(clock.timersWaiting).toBe(0)
  })

  it('fails where the listener cannot come back', async () => {
    const { restarts } = setup({ failing: true })
    await expect(restarts.restart(0)).rejects.toThrow('the port is taken')
  })
})
