import type { ActiveRule } from './active-rule.js'
import type { Call } from './fault-gate.js'
import { printRule } from './print-rule.js'

/** Which faults struck which request, in words. */
export interface StrikeLog {
  /** In order, with the request: the newest thousand. */
  readonly lines: readonly string[]
  note(call: Call, struck: readonly ActiveRule[]): void
  /** The faults that struck this one. */
  linesOf(call: Call): readonly string[]
}

const maxLines = 1_000
const nothing: readonly string[] = []

export function createStrikeLog(): StrikeLog {
  const lines: string[] = []
  const byCall = new WeakMap<Call, readonly string[]>()
  return {
    lines,
    note(call, struck) {
      const rules = struck.map(({ source }) => printRule(source.rule))
      byCall.set(call, rules)
      for (const [index, rule] of rules.entries()) {
        lines.push(`${call.api} #${call.connectionId}.${call.correlationId} match ${struck[index]?.matched}: ${rule}`)
      }
      lines.splice(0, lines.length - maxLines)
    },
    linesOf: (call) => byCall.get(call) ?? nothing,
  }
}
