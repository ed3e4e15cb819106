import type { CancelTimer, Clock } from '../clock/clock.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import type { GroupEffect, GroupEvent, JoinAnswer, SyncAnswer } from './group-event.js'
import { applyToGroup, nextDeadline } from './group-machine.js'
import { createGroupOffsets, type GroupOffsets } from './group-offsets.js'
import { emptyGroup, type GroupRules, type GroupState } from './group-state.js'
import { reloadedGroup } from './reloaded-group.js'

/** A group and what stands around its state. */
export interface HostedGroup {
  readonly groupId: string
  readonly offsets: GroupOffsets
  state: GroupState
  /** As Kafka wrote it down last. */
  durable: GroupState
  cancelTimer: CancelTimer | undefined
  wakesAt: number
}

interface RuntimeParts {
  readonly clock: Clock
  readonly rules: GroupRules
  readonly emit: (event: BrokerEvent) => void
}

/** Owns what the groups' machine must not: groups by name, one timer for each, and the requests that wait. */
export class GroupRuntime {
  readonly #groups = new Map<string, HostedGroup>()
  readonly #joins = new Map<number, (answer: JoinAnswer) => void>()
  readonly #syncs = new Map<number, (answer: SyncAnswer) => void>()
  readonly #parts: RuntimeParts
  #requests = 0
  #isSuspended = false

  constructor(parts: RuntimeParts) {
    this.#parts = parts
  }

  find(groupId: string): HostedGroup | undefined {
    return this.#groups.get(groupId)
  }

  findOrCreate(groupId: string): HostedGroup {
    const present = this.#groups.get(groupId)
    if (present !== undefined) return present
    const state = emptyGroup(groupId, this.#parts.clock.now())
    const offsets = createGroupOffsets()
    const group = { groupId, offsets, state, durable: state, cancelTimer: undefined, wakesAt: Infinity }
    this.#groups.set(groupId, group)
    return group
  }

  all(): HostedGroup[] {
    return [...this.#groups.values()]
  }

  /** The number under which an event refers to this request. */
  awaitJoin(answer: (answer: JoinAnswer) => void): number {
    this.#joins.set((this.#requests += 1), answer)
    return this.#requests
  }

  awaitSync(answer: (answer: SyncAnswer) => void): number {
    this.#syncs.set((this.#requests += 1), answer)
    return this.#requests
  }

  /** Lets an event happen. Returns the verdicts on what is answered at once with codes. */
  run(group: HostedGroup, event: GroupEvent): readonly number[] {
    const before = group.state
    const { state, effects } = applyToGroup(before, event, this.#parts.clock.now(), this.#parts.rules)
    group.state = state
    if (effects.some(({ kind }) => kind === 'persist')) group.durable = state
    // All of the change is in place before anybody hears of it: a listener or a connection may come back with the next request.
    this.#wakeInTime(group)
    this.#tell(before, state, effects)
    return this.#answer(effects)
  }

  delete(group: HostedGroup): void {
    group.cancelTimer?.()
    group.cancelTimer = undefined
    this.#groups.delete(group.groupId)
    this.#parts.emit({ kind: 'group.deleted', groupId: group.groupId })
  }

  /** The broker is down: no timer runs, and nobody waits for an answer any more. */
  suspend(): void {
    this.#isSuspended = true
    this.#joins.clear()
    this.#syncs.clear()
    for (const group of this.#groups.values()) this.#wakeInTime(group)
  }

  /** The broker is up again and knows what it has written down. */
  resume(): void {
    this.#isSuspended = false
    const now = this.#parts.clock.now()
    for (const group of this.all()) {
      group.state = reloadedGroup(group.durable, now)
      this.#wakeInTime(group)
    }
  }

  /** Heartbeats only move deadlines away, so a timer that is set is left alone and looks again when it fires. */
  #wakeInTime(group: HostedGroup): void {
    const isHosted = this.#groups.get(group.groupId) === group && !this.#isSuspended
    const next = isHosted ? nextDeadline(group.state) : Infinity
    if (group.cancelTimer !== undefined && group.wakesAt <= next && next !== Infinity) return
    group.cancelTimer?.()
    group.cancelTimer = undefined
    if (next === Infinity) return
    const { clock } = this.#parts
    group.wakesAt = next
    group.cancelTimer = clock.after(Math.max(0, next - clock.now()), () => {
      group.cancelTimer = undefined
      if (nextDeadline(group.state) <= clock.now()) this.run(group, { kind: 'time' })
      else this.#wakeInTime(group)
    })
  }

  #tell(before: GroupState, after: GroupState, effects: readonly GroupEffect[]): void {
    const { emit } = this.#parts
    const { groupId, phase, generation, members } = after
    const told = {
      'member-joined': 'member.joined',
      'member-left': 'member.left',
      'member-expired': 'member.expired',
    } as const
    for (const effect of effects) {
      if ('memberId' in effect) emit({ kind: told[effect.kind], groupId, memberId: effect.memberId })
    }
    if (before.phase === phase && before.generation === generation && before.members.size === members.size) return
    emit({ kind: 'group.changed', groupId, state: phase, generation, members: members.size })
  }

  #answer(effects: readonly GroupEffect[]): readonly number[] {
    let verdicts: readonly number[] = []
    for (const effect of effects) {
      if (effect.kind === 'judge') verdicts = effect.errorCodes
      if (effect.kind === 'answer-join') take(this.#joins, effect.request)?.(effect.answer)
      if (effect.kind === 'answer-sync') take(this.#syncs, effect.request)?.(effect.answer)
    }
    return verdicts
  }
}

function take<Value>(from: Map<number, Value>, key: number): Value | undefined {
  const value = from.get(key)
  from.delete(key)
  return value
}
