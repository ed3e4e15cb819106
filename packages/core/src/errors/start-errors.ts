import { entry, listProblems, type Problem } from '../error-entry.js'

/** Errors of the start and the stop of a worker. */
export const startErrors = {
  MILLRACE_PLAN_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The declared consumers can't be started:${listProblems(problems)}`,
    why: 'The plan is checked as a whole before anything connects, so nothing was read or committed.',
    todo: 'Apply the fix named under each problem and start again.',
    retriable: false,
  }),
  MILLRACE_OPTIONS_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `Some options are wrong:${listProblems(problems)}`,
    why: 'Options are checked when they are given, all at once; nothing was started with them.',
    todo: 'Apply the fix named under each problem. Every option with type, default and limits: docs/options.md',
    retriable: false,
  }),
  MILLRACE_CONFIG_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The configuration can't be used:${listProblems(problems)}`,
    why: 'Environment variables and the config file are read once, when a worker or a producer is made. Nothing was opened.',
    todo: 'Set or correct what is named above. Every setting with its source: describeConfiguration(), docs/configuration.md',
    retriable: false,
  }),
  MILLRACE_TOPICS_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The topics on the cluster don't fit the plan:${listProblems(problems)}`,
    why: 'millrace creates no topic by accident, and a dead-letter topic with fewer partitions than its source would lose records.',
    todo: 'Create or change the topics as named above, then start again.',
    retriable: false,
  }),
  MILLRACE_SCHEMA_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `A schema can't be used:${listProblems(problems)}`,
    why: 'What a topic is written with is looked up in the schema registry before anything is written, so nothing was read or sent.',
    todo: 'Apply the fix named under each problem and start again.',
    retriable: false,
  }),
  MILLRACE_WORKER_STATE: entry<{ action: string; state: string }>({
    what: ({ action, state }) => `${action} is not possible while the worker is ${state}.`,
    why: 'A worker is started once and stopped once; a stopped one holds no connection that could be used again.',
    todo: 'Create a new worker with createWorker().',
    retriable: false,
  }),
  MILLRACE_WORKER_FAILED: entry<{ group: string; deaths: number; windowMs: number }>({
    what: ({ group, deaths, windowMs }) =>
      `The member of group "${group}" died ${deaths} times within ${windowMs / 1000} s.`,
    why: 'It was rebuilt with backoff each time and is not rebuilt any more. Uncommitted records will be read again by the next owner.',
    todo: 'Read the cause below; the same error repeating usually means permissions, a deleted topic or an unreachable coordinator.',
    retriable: false,
  }),
  MILLRACE_HOOK_FAILED: entry<{ hook: string; index: number }>({
    what: ({ hook, index }) => `The ${hook} hook number ${index + 1} failed.`,
    why: 'A failed onStart hook stops the start before any group is joined; hooks that had succeeded are rolled back by onStop.',
    todo: 'Look at the cause; it is the error that the hook threw.',
    retriable: false,
  }),
  MILLRACE_HOOK_TIMED_OUT: entry<{ hook: string; index: number; limitMs: number }>({
    what: ({ hook, index, limitMs }) => `The ${hook} hook number ${index + 1} did not finish within ${limitMs} ms.`,
    why: 'Hooks are time-limited so that a hanging dependency can neither block the start nor the shutdown for ever.',
    todo: 'Make the hook finish sooner, or raise hookTimeout.',
    retriable: false,
  }),
  MILLRACE_CLOSE_TIMED_OUT: entry<{ what: string; limitMs: number }>({
    what: ({ what, limitMs }) => `${what} did not finish within ${limitMs} ms.`,
    why: 'Whatever hangs must not hold up the start or the shutdown; the worker went on without it.',
    todo: 'Look for a connection or a @preDestroy that never ends.',
    retriable: false,
  }),
  MILLRACE_INJECT_METADATA_MISSING: entry<{ className: string; index: number; likely: string; fix: string }>({
    what: ({ className, index, likely, fix }) =>
      `Constructor parameter ${index} of ${className} has no injection metadata: ${likely}.\n    fix: ${fix}`,
    why: 'The container can not know what to pass there. Nothing was started.',
    todo: 'Apply the fix that the message names. Every constructor parameter needs an @inject(Token) of its own.',
    retriable: false,
  }),
  MILLRACE_INJECT_FAILED: entry<{ className: string; reason: string }>({
    what: ({ className, reason }) => `${className} can't be constructed: ${reason}`,
    why: 'Its collaborators are resolved when the worker starts, before anything is read.',
    todo: 'Bind what is missing in the container that is passed to the worker.',
    retriable: false,
  }),
} as const
