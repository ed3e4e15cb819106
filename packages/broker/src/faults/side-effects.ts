import type { Clock } from '../clock/clock.js'
import type { Call } from './fault-gate.js'
import type { FaultAction, FaultRule } from './fault-rule.js'
import type { FaultTargets } from './fault-targets.js'
import { listIn, textIn } from './fields.js'
import { isAbout } from './match-rule.js'
import { groupsOf, topicRows, transactionalIdOf } from './request-shape.js'

/** What a struck request sets off beside its own fate: in groups, producers, logs and the listener. */
export interface SideEffects {
  run(rule: FaultRule, call: Call): void
  /** Lets everything go that is held for a time. */
  release(): void
}

export function createSideEffects(targets: FaultTargets, clock: Clock): SideEffects {
  const held = new Set<() => void>()

  function holdMarkers(ms: number, transactionalId: string | undefined): void {
    const letGo = targets.holdMarkers(transactionalId)
    const cancel = clock.after(ms, () => release())
    const release = (): void => {
      held.delete(release)
      cancel()
      letGo()
    }
    held.add(release)
  }

  function act(action: FaultAction, rule: FaultRule, { api, request }: Call): void {
    switch (action.kind) {
      case 'truncateHead':
        for (const [topic, partition] of truncated(action, rule, api, request)) {
          targets.truncateHead(topic, partition, action.to === undefined ? undefined : BigInt(action.to))
        }
        return
      case 'forceRebalance':
        for (const group of given(action.group) ?? groupsOf(api, request)) targets.forceRebalance(group)
        return
      case 'expireMember':
        for (const group of given(action.group) ?? groupsOf(api, request)) {
          const members = given(action.member) ?? (action.group === undefined ? membersOf(request) : [undefined])
          for (const member of members) targets.expireMember(group, member)
        }
        return
      case 'fenceProducer': {
        const id = action.transactionalId ?? transactionalIdOf(api, request)
        if (id !== undefined) targets.fenceProducer(id)
        return
      }
      case 'holdMarkers':
        return holdMarkers(action.ms, action.transactionalId ?? transactionalIdOf(api, request))
      case 'restart':
        // In a turn of its own: what the request itself is to do in this one comes first.
        return void clock.after(0, () => targets.restart(action.downMs))
      default:
    }
  }

  return {
    run(rule, call) {
      for (const action of rule.actions) act(action, rule, call)
    },
    release() {
      for (const release of [...held]) release()
    },
  }
}

const given = (name: string | undefined): readonly string[] | undefined => (name === undefined ? undefined : [name])

/** The members that a request speaks for: one, or, when members leave, several. Undefined: it names none. */
function membersOf(request: unknown): (string | undefined)[] {
  const own = textIn(request, 'memberId')
  if (own !== undefined && own !== '') return [own]
  const leaving = listIn(request, 'members').flatMap((member) => textIn(member, 'memberId') ?? [])
  return leaving.length > 0 ? leaving : [undefined]
}

type Truncate = Extract<FaultAction, { kind: 'truncateHead' }>

/** Which partitions; an undefined one stands for all of the topic. */
function truncated(
  { topic, partition }: Truncate,
  rule: FaultRule,
  api: string,
  request: unknown,
): (readonly [string, number | undefined])[] {
  if (topic !== undefined) return [[topic, partition]]
  return topicRows(api, request).flatMap(({ name, partitions }) => {
    if (!isAbout(rule, name)) return []
    if (partition !== undefined || partitions === undefined) return [[name, partition ?? rule.partition] as const]
    return partitions.filter(({ index }) => isAbout(rule, name, index)).map(({ index }) => [name, index] as const)
  })
}
