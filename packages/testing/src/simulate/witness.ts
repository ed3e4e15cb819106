import type { Middleware, MillraceEvent, Position, Worker } from '@millrace/core'
import type { RunLine } from '../harness/run-line.js'
import { placeOf } from '../oracles/evidence.js'
import type { SeenOffset, SimulatedCluster, SimulatedRecord } from './simulated-cluster.js'
import type { Actor, World } from './world.js'

/** A lease as its worker began it. */
export interface SeenLease extends SeenOffset {
  readonly worker: string
  readonly atTick: number
  /** What the group had committed at that moment. */
  readonly committed: bigint | undefined
  /** The group had gone on without it: a zombie that does not know it yet. */
  readonly isStale: boolean
}

export interface SentPlace extends Position {
  readonly record: SimulatedRecord
}

/** Something after which work may be done again. */
export interface Disruption {
  readonly atTick: number
  readonly atMs: number
}

/** Everything that was seen of one schedule. Moments of lines and commits are ticks of the world, so no two are the same. */
export interface Witnessed {
  readonly sent: readonly SentPlace[]
  readonly lines: readonly RunLine[]
  readonly commits: readonly (SeenOffset & { readonly atMs: number })[]
  readonly leases: readonly SeenLease[]
  readonly disruptions: readonly Disruption[]
  /** Breaches that were seen when they happened. */
  readonly breaches: readonly string[]
  /** Groups and topics that anybody has read. */
  readonly reads: ReadonlyMap<string, Pick<SeenOffset, 'group' | 'topic'>>
  /** When a run of this line's place started, on the clock of the schedule. */
  readonly startedAtMs: ReadonlyMap<RunLine, number>
}

export interface Witness extends Witnessed {
  readonly world: World
  sentOne(place: SentPlace): void
  disrupted(): void
  breach(text: string): void
  /** Goes around every handler of a worker. */
  middlewareOf(actor: Actor): Middleware
  watch(actor: Actor, worker: Worker): void
}

export function createWitness(world: World, cluster: SimulatedCluster): Witness {
  const sent: SentPlace[] = []
  const lines: RunLine[] = []
  const commits: Witnessed['commits'][number][] = []
  const leases: SeenLease[] = []
  const disruptions: Disruption[] = []
  const breaches: string[] = []
  const startedAtMs = new Map<RunLine, number>()
  const reads = new Map<string, Pick<SeenOffset, 'group' | 'topic'>>()
  const live = createLiveLeases()

  cluster.onCommit((commit) => {
    world.note(`committed ${commit.group} ${commit.topic}[${commit.partition}] ${commit.offset}`)
    commits.push({ ...commit, atMs: world.tick() })
  })

  const heard = (actor: Actor, event: MillraceEvent): void => {
    if (actor.state === 'dead') return
    world.note(`${actor.name}: ${event.name}`)
    if (event.name === 'lease.started') {
      const { group, topic, partition, generation, offset } = event
      const committed = cluster.committed(group, topic, partition)
      reads.set(`${group} ${topic}`, { group, topic })
      live.began(actor, event)
      const isStale = generation !== cluster.generation(group)
      const seen = { worker: actor.name, atTick: world.tick(), committed, isStale }
      leases.push({ group, topic, partition, offset, generation, ...seen })
    }
    if (event.name === 'lease.ended') live.ended(actor, event)
  }

  return {
    ...{ world, sent, lines, commits, leases, disruptions, breaches, startedAtMs, reads },
    sentOne: (place) => void sent.push(place),
    disrupted: () => void disruptions.push({ atTick: world.tick(), atMs: world.now }),
    breach: (text) => void breaches.push(text),
    middlewareOf: (actor) => witnessRuns(actor, { world, cluster, live, lines, startedAtMs, breaches }),
    watch: (actor, worker) => void worker.onAny((event) => heard(actor, event)),
  }
}

type LeasedPlace = Pick<SeenOffset, 'group' | 'topic' | 'partition'>

/** The generation of every live lease, by worker and partition. */
interface LiveLeases {
  began(actor: Actor, lease: LeasedPlace & Pick<SeenOffset, 'generation'>): void
  ended(actor: Actor, place: LeasedPlace): void
  generationOf(actor: Actor, place: LeasedPlace): number | undefined
}

function createLiveLeases(): LiveLeases {
  const generations = new Map<string, number>()
  const keyOf = (actor: Actor, { group, topic, partition }: LeasedPlace): string =>
    `${actor.name} ${group} ${topic}[${partition}]`
  return {
    began: (actor, lease) => void generations.set(keyOf(actor, lease), lease.generation),
    ended: (actor, place) => void generations.delete(keyOf(actor, place)),
    generationOf: (actor, place) => generations.get(keyOf(actor, place)),
  }
}

interface RunWitnessParts {
  readonly world: World
  readonly cluster: SimulatedCluster
  readonly live: LiveLeases
  readonly lines: RunLine[]
  readonly startedAtMs: Map<RunLine, number>
  readonly breaches: string[]
}

/** Writes a line before and after each run of a handler, but not for a zombie. */
function witnessRuns(
  actor: Actor,
  { world, cluster, live, lines, startedAtMs, breaches }: RunWitnessParts,
): Middleware {
  return async (_message, context, next) => {
    const { topic, partition, offset, attempt, group } = context
    const place = { topic, partition, offset }
    const generation = live.generationOf(actor, context)
    if (generation === undefined) breaches.push(`${actor.name} runs ${placeOf(place)} without a lease of its partition`)
    const facts = { ...place, id: placeOf(place), key: null, sequence: 0, attempt, generation: generation ?? -1 }
    /** What a zombie does settles nothing: its group has gone on, and refuses what it commits. */
    const isZombie = (): boolean => {
      const now = live.generationOf(actor, context)
      return generation !== undefined && (now !== generation || generation !== cluster.generation(group))
    }
    const write = (edge: RunLine['edge']): void => {
      world.note(`${actor.name}: ${edge} ${facts.id} attempt ${attempt}`)
      if (isZombie()) return
      const line: RunLine = { ...facts, worker: actor.name, edge, timeMs: world.tick() }
      startedAtMs.set(line, world.now)
      lines.push(line)
    }
    write('start')
    try {
      const result = await next()
      write('done')
      return result
    } catch (error) {
      write('threw')
      throw error
    }
  }
}
