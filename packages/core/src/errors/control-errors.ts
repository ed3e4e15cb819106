import { entry, listProblems, type Problem } from '../error-entry.js'

/** Errors of what an operator asks of a running worker. */
export const controlErrors = {
  MILLRACE_CONTROL_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `What was asked of the worker is wrong:${listProblems(problems)}`,
    why: 'It is checked as a whole first: nothing was done.',
    todo: 'Apply the fix named under each problem and ask again.',
    retriable: false,
  }),
  MILLRACE_CONTROL_UNKNOWN: entry<{ what: string; known: readonly string[] }>({
    what: ({ what, known }) => `This worker has no ${what}; it has ${known.join(', ') || 'none'}.`,
    why: 'Groups and topics are those of its plan, prefixes included; partitions are those that the group has given it now.',
    todo: 'Take the names from /inspect. A partition may be at another worker of the group: ask that one.',
    retriable: false,
  }),
  MILLRACE_CONTROL_CONFLICT: entry<{ what: string; reason: string }>({
    what: ({ what, reason }) => `${what} is not possible now: ${reason}.`,
    why: 'Nothing was changed; everything goes on as before.',
    todo: 'Look at /inspect for what is going on, and ask again when that has changed.',
    retriable: false,
  }),
} as const
