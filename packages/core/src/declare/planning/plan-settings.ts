import type { Middleware } from '../middleware.js'

/** What the worker gives to the plan. */
export interface PlanSettings {
  /** Where `fromEnv` names are looked up: `process.env`, or a table of a test. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly topicPrefix: string
  readonly groupPrefix: string
  /** Outermost around every handler. */
  readonly middleware: readonly Middleware[]
}
