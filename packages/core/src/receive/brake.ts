import type { HandlerPlan } from '../declare/plan.js'
import type { Failure } from '../process/outcome.js'
import type { Hold } from '../settle/settle.js'
import type { ReceivedRecord } from './received-record.js'

/** What holds the dead letters of a lease back; the rule is that of `settle/brake.ts`. */
export interface Brake {
  readonly isOn: boolean
  /** Of the fault that it holds back, while it does. */
  readonly fingerprint: string | undefined
  /** Records have come. */
  received(): void
  /** A record would become a dead letter. Undefined: it may. */
  judge(record: ReceivedRecord, failure: Failure, handler: Pick<HandlerPlan, 'name' | 'brake'>): Hold | undefined
  /** The held record needs no dead letter. */
  passed(): void
  /** An operator wants its dead letters: from the next try on, and for as long as the lease is held. */
  letGo(): void
}
