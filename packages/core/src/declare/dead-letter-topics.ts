import type { Plan } from './plan.js'

/** The topics that a plan writes dead letters to: topics of ours, on which `source-*` headers can be believed. */
export const deadLetterTopicsOf = ({ groups }: Plan): ReadonlySet<string> =>
  new Set(
    groups.flatMap(({ handlers }) =>
      handlers.flatMap(({ exhaustion }) => (exhaustion.kind === 'dead-letter' ? [exhaustion.topic] : [])),
    ),
  )
