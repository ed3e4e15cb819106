import { type EnvName, resolveName } from '../env-name.js'
import type { ExhaustionPlan } from '../exhaustion.js'
import type { HandleOptions } from '../handle-options.js'
import type { HandlerPlan } from '../plan.js'
import { topicNameFault } from './name-problems.js'
import type { PlanSettings } from './plan-settings.js'

interface Fault {
  readonly problem: string
  readonly fix: string
}

interface Choice {
  readonly delivery: HandlerPlan['delivery']
  readonly deadLetter: true | string | EnvName | undefined
  readonly onExhausted: 'halt' | 'skip' | undefined
}

/** What becomes of a record that can't be processed. Without a word from the user the plan is refused; `halt` stands in until then. */
export function planExhaustion(
  { delivery, deadLetter, onExhausted }: Choice,
  topic: string,
  group: string,
  { env, topicPrefix }: PlanSettings,
): ExhaustionPlan {
  if (delivery === 'at-most-once') return { kind: 'skip' }
  if (deadLetter === true) return { kind: 'dead-letter', topic: `${topic}.${group}.dlq` }
  if (deadLetter !== undefined) return { kind: 'dead-letter', topic: topicPrefix + resolveName(deadLetter, env) }
  return { kind: onExhausted ?? 'halt' }
}

/** What is wrong with the choice as it was written. */
export function exhaustionFaults(
  options: Omit<HandleOptions, 'delivery'>,
  { delivery, exhaustion, topic }: HandlerPlan,
): readonly Fault[] {
  const { deadLetter, onExhausted, onOversize, brake } = options
  if (delivery === 'at-most-once') return atMostOnceFaults(options)
  if (deadLetter === undefined && onExhausted === undefined) {
    const fix = "write deadLetter: true, or onExhausted: 'halt' or 'skip'"
    return [{ problem: 'it does not say what becomes of a record that can not be processed', fix }]
  }
  if (deadLetter !== undefined && onExhausted !== undefined) {
    return [{ problem: 'it has both deadLetter and onExhausted', fix: 'keep one of them' }]
  }
  if (exhaustion.kind !== 'dead-letter') {
    const fixOf = (name: string): string => `take ${name} out, or write deadLetter: true`
    const oversize = 'it has onOversize, but no dead-letter topic that could refuse a letter'
    const held = 'it has brake, but no dead letters that could be held back'
    return [
      ...(onOversize === undefined ? [] : [{ problem: oversize, fix: fixOf('onOversize') }]),
      ...(isBrake(brake) ? [{ problem: held, fix: fixOf('brake') }] : []),
    ]
  }
  if (exhaustion.topic === topic.name) {
    const fix = 'name another topic: a record that fails would come back for ever'
    return [{ problem: `its dead-letter topic is its own source, "${topic.name}"`, fix }]
  }
  const fault = topicNameFault(exhaustion.topic, typeof deadLetter === 'object' ? deadLetter : exhaustion.topic)
  if (fault === undefined) return []
  const derived = deadLetter === true ? `; or name the topic yourself: deadLetter: '...'` : ''
  return [{ problem: `dead letters: ${fault.problem}`, fix: fault.fix + derived }]
}

/** To turn off what is not there is no contradiction. */
const isBrake = (brake: HandleOptions['brake']): boolean => brake !== undefined && brake !== 'off'

/** At-most-once has committed a record before its handler runs, so nothing can be done about a failure but counting it. */
function atMostOnceFaults({
  retry,
  deadLetter,
  onExhausted,
  onOversize,
  brake,
}: Omit<HandleOptions, 'delivery'>): readonly Fault[] {
  const fixOf = (name: string): string => `take ${name} out, or use delivery: 'at-least-once'`
  const contradictions = [
    retry !== undefined && retry !== 'none' ? 'retry' : undefined,
    deadLetter === undefined ? undefined : 'deadLetter',
    onExhausted === 'halt' ? 'onExhausted' : undefined,
    onOversize === undefined ? undefined : 'onOversize',
    isBrake(brake) ? 'brake' : undefined,
  ]
  return contradictions.flatMap((name) =>
    name === undefined
      ? []
      : { problem: `at-most-once has no ${name}: the record is committed before it is handled`, fix: fixOf(name) },
  )
}
