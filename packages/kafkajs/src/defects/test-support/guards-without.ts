import type { Guard } from '../../guards/guard.js'
import { guards } from '../../guards/guards.js'

/** Every guard of the driver but one. Throws for a name that no guard has, so that no red test leaves nothing out. */
export function guardsWithout(left: string): readonly Guard[] {
  const others = guards.filter(({ name }) => name !== left)
  if (others.length === guards.length) throw new Error(`no guard is named "${left}"`)
  return others
}
