import type { Actor, World } from './world.js'

/** One direction of a connection: what is sent later never arrives earlier. */
export type Way = (label: string, call: () => void) => void

/** `upAt`: until then nothing arrives at the other end. */
export function createWay(world: World, actor: Actor, lane: string, upAt: () => number = () => 0): Way {
  let lastDue = 0
  return (label, call) => {
    lastDue = Math.max(lastDue, upAt(), world.now + latency(world))
    world.after(actor, lastDue - world.now, { lane, label }, call)
  }
}

/** Most messages take no time, some take a while, and a few are late. */
function latency(world: World): number {
  const draw = world.random.next()
  if (draw < 0.7) return 0
  return draw < 0.97 ? 1 + world.random.below(20) : 50 + world.random.below(250)
}
