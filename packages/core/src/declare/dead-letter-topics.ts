import { everyHandler } from '../every-handler.js'
import type { Plan } from './plan.js'

/** The topics that a plan writes dead letters to: topics of ours, on which `source-*` headers can be believed. */
export const deadLetterTopicsOf = (plan: Plan): ReadonlySet<string> =>
  new Set(everyHandler(plan).flatMap(({ exhaustion }) => (exhaustion.kind === 'dead-letter' ? [exhaustion.topic] : [])))
