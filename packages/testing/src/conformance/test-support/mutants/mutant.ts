import type { Driver } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'

/** A scripted driver with one thing broken. */
export interface Mutant {
  /** What it does wrong, in one sentence. */
  readonly name: string
  /** The id of the rule that catches it. */
  readonly breaks: string
  /** Rules that can't hold either once that one is broken, each with the reason. */
  readonly also?: Readonly<Record<string, string>>
  readonly driver: (world: InMemoryWorld) => Driver
}
