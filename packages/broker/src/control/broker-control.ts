import type { Clock } from '../clock/clock.js'
import { type Duration, parseDuration } from '../faults/duration.js'
import type { CallObserver, FaultGate } from '../faults/fault-gate.js'
import { createFaults, type Faults } from '../faults/faults.js'
import type { BrokerEvents } from '../observe/broker-events.js'
import { createWireTrace, type WireTrace } from '../observe/wire-trace.js'
import type { ConnectionView } from '../server/broker-server.js'
import { BrokerControlError } from './control-error.js'
import { type CuttableTopic, createFaultTargets, type TargetParts } from './fault-targets.js'
import { createInspection, type InspectableTopic, type Inspection, type InspectionParts } from './inspection.js'
import { createRestarts, type RestartParts } from './restarts.js'
import { createUntil, type Until } from './until.js'

/** What a test can do to a broker, see of it and wait for. */
export interface BrokerControl {
  /** What goes wrong, and when: `broker.faults.add(on('Produce').topic('orders').nth(3).dropAnswer())`. */
  readonly faults: Faults
  /** Requests and answers as text, once `start` was called. */
  readonly trace: WireTrace
  /** What the broker holds. */
  readonly inspect: Inspection
  readonly until: Until
  /** Asks the members to join again. False: there is no group that has members, or they are joining already. */
  forceRebalance(groupId: string): boolean
  /** Ends a member's session at once; of the leader where no member is named. False: there is none. */
  expireMember(groupId: string, memberId?: string): boolean
  /**
   * As if another instance had taken the transactional id over: the open transaction is aborted, the producer is fenced. False where
   * the id is unknown or its markers are just being written.
   */
  fenceProducer(transactionalId: string): boolean
  /**
   * Ended transactions (of one id, or all) get no markers until the returned function is called or disposed of: their records stay
   * undecided, and the next request of such a producer is answered CONCURRENT_TRANSACTIONS.
   */
  holdMarkers(transactionalId?: string): Held
  /** The log begins at `to`, or at its end: what was below is gone. Throws `BROKER_UNKNOWN_PARTITION` where there is no such one. */
  truncateHead(topic: string, partition: number, to?: bigint | number): void
  /** Ends the connections of a client, or all. Returns how many those were. */
  disconnect(clientId?: string): number
  /**
   * As a process that was stopped (SIGSTOP): connections stay and new ones are taken, but nothing is read or answered until the
   * returned function is called or disposed of. Timers of the broker run on.
   */
  freeze(): Held
  /** Ends every connection, listens no more for `down` (default: at once again), and has kept everything. */
  restart(options?: { readonly down?: Duration }): Promise<void>
  /** The same with open end: it is back when the returned function has resolved. */
  takeDown(): Promise<() => Promise<void>>
}

export type Held = (() => void) & Disposable

export interface ControlParts {
  readonly clock: Clock
  /** What chances are drawn from. */
  readonly seed: number
  readonly events: Pick<BrokerEvents, 'subscribe'>
  readonly topics: {
    all(): readonly InspectableTopic[]
    find(name: string): (InspectableTopic & CuttableTopic) | undefined
  }
  readonly groups: InspectionParts['groups'] & TargetParts['groups'] & Suspended
  readonly transactions: InspectionParts['transactions'] & TargetParts['transactions'] & Suspended
  /** Asked for when it is needed: requests reach the faults through it, so it is made after them. */
  readonly server: () => RestartParts['server'] & {
    connections(): readonly ConnectionView[]
    disconnect(id: number): boolean
    freeze(): void
    thaw(): void
  }
}

type Suspended = RestartParts['suspended'][number]

export interface ControlledBroker {
  readonly control: BrokerControl
  /** For dispatch: who decides what becomes of a request, and who watches it. */
  readonly gate: FaultGate
  readonly observer: CallObserver
  /** The broker is stopped for good: a restart that is under way does not bring it back. */
  close(): void
}

/** Puts control and inspection together from the parts of a broker. */
export function createBrokerControl(parts: ControlParts): ControlledBroker {
  const { clock, seed, topics, groups, transactions, server } = parts
  const restarts = createRestarts({
    clock,
    server: { start: () => server().start(), stop: () => server().stop() },
    suspended: [groups, transactions],
  })
  const targets = createFaultTargets({ topics, groups, transactions, restarts })
  const faults = createFaults({ seed, clock, targets })
  const trace = createWireTrace({ clock, strikesOf: (call) => faults.strikesOf(call) })
  const inspect = createInspection({ topics, groups, transactions, connections: () => server().connections() })
  const control: BrokerControl = {
    faults,
    trace,
    inspect,
    until: createUntil({ view: inspect, events: parts.events }),
    forceRebalance: (groupId) => targets.forceRebalance(groupId),
    expireMember: (groupId, memberId) => targets.expireMember(groupId, memberId),
    fenceProducer: (transactionalId) => targets.fenceProducer(transactionalId),
    holdMarkers: (transactionalId) => heldBy(targets.holdMarkers(transactionalId)),
    truncateHead(topic, partition, to) {
      // Throws where there is nothing to cut.
      inspect.log(topic, partition)
      targets.truncateHead(topic, partition, to === undefined ? undefined : BigInt(to))
    },
    disconnect(clientId) {
      const meant = server()
        .connections()
        .filter((connection) => clientId === undefined || connection.clientId === clientId)
      return meant.filter(({ id }) => server().disconnect(id)).length
    },
    freeze() {
      server().freeze()
      return heldBy(() => server().thaw())
    },
    restart: async ({ down = 0 } = {}) => restarts.restart(checkedMs(down)),
    takeDown: () => restarts.takeDown(),
  }
  const close = (): void => {
    faults.clear()
    restarts.close()
  }
  return { control, gate: faults, observer: trace, close }
}

const heldBy = (release: () => void): Held => Object.assign(() => release(), { [Symbol.dispose]: () => release() })

function checkedMs(duration: Duration): number {
  const ms = parseDuration(duration)
  if (ms !== undefined) return ms
  throw new BrokerControlError(
    'BROKER_BAD_WAIT',
    `"${duration}" is no time; write '500ms', '10s' or a number of milliseconds.`,
  )
}
