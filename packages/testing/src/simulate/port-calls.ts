import type { MillraceError } from '@millrace/core'
import { createWay, type Way } from './way.js'
import type { Actor, World } from './world.js'

/**
 * A call there and back: it is applied in the name of the cluster, some time later. Where its connection is cut, the caller sees
 * `lostAs`; a call without that is one that its driver would ask again, so a cut does nothing to it.
 */
export type CallThrough = <T>(label: string, apply: () => Promise<T>, lostAs?: () => MillraceError) => Promise<T>

export interface PortCalls {
  readonly call: CallThrough
  /** From the cluster to the process. */
  readonly back: Way
  cut(lost: 'requests' | 'answers'): void
}

export interface PortCallsParts {
  readonly world: World
  readonly actor: Actor
  readonly cluster: Actor
  /** Until then nothing arrives at the cluster. */
  readonly upAt: () => number
  /** Something was applied. */
  readonly changed: () => void
}

/** What the label of a request ends with that can be lost. */
const losable = ' (can be lost)'

export function createPortCalls({ world, actor, cluster, upAt, changed }: PortCallsParts): PortCalls {
  const out = createWay(world, world.actor('network'), `${actor.name} out`, upAt)
  const back = createWay(world, actor, `${actor.name} in`)
  const open = new Set<() => void>()

  const call: CallThrough = (label, apply, lostAs) =>
    new Promise((resolve, reject) => {
      let isCut = false
      const cut = (): void => {
        isCut = true
        if (lostAs !== undefined) back(`${label} <- connection lost`, () => reject(lostAs()))
      }
      const answer = (settle: () => void): void => {
        changed()
        open.delete(cut)
        if (!isCut) back(`${label} <-`, settle)
      }
      if (lostAs !== undefined) open.add(cut)
      out(`${actor.name} -> ${label}${lostAs === undefined ? '' : losable}`, () => {
        world.inside(cluster, apply).then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error)),
        )
      })
    })

  return {
    call,
    back,
    cut(lost) {
      if (lost === 'requests')
        world.cancel(({ lane, label }) => lane === `${actor.name} out` && label.endsWith(losable))
      for (const one of open) one()
      open.clear()
    },
  }
}
