import { BrokerOptionsError } from '../broker-options.js'
import { type Broker, startBroker } from '../start-broker.js'
import { createActivity, summaryText } from './activity.js'
import { describeEvent } from './describe-event.js'
import { type Command, parseArguments, usage } from './parse-arguments.js'
import { createStayAwake } from './stay-awake.js'

/** What the command has of its process. */
export interface CommandIo {
  out(line: string): void
  error(line: string): void
  readonly version: string
  /** Aborts when the process is told to end. */
  readonly signal: AbortSignal
}

/** How often records are told while they come in. */
const tellEveryMs = 1_000

/** Runs the broker until the signal aborts. Resolves with the exit code: 0, 1 where it cannot start, 2 for wrong arguments. */
export async function runCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const command = parseArguments(argv)
  switch (command.kind) {
    case 'help':
      io.out(usage.trimEnd())
      return 0
    case 'version':
      io.out(io.version)
      return 0
    case 'wrong':
      io.error(`${command.problem}\n\n${usage.trimEnd()}`)
      return 2
    case 'run':
      return runBroker(command, io)
  }
}

async function runBroker({ options, output }: Extract<Command, { kind: 'run' }>, io: CommandIo): Promise<number> {
  const activity = createActivity()
  const since = Date.now()
  const stamp = (): string => new Date().toISOString().slice(11, 23)
  const say = (line: string): void => {
    if (output === 'text') io.out(`${stamp()} ${line}`)
  }

  let broker: Broker
  try {
    broker = await startBroker({
      ...options,
      onEvent: (event) => {
        activity.note(event)
        if (output === 'json') io.out(jsonLine({ at: new Date().toISOString(), ...event }))
        const line = describeEvent(event)
        if (line !== undefined) say(line)
      },
    })
  } catch (error) {
    return cannotStart(error, io)
  }
  const awake = createStayAwake()
  broker.events.subscribe(({ kind }) => kind === 'request.answered' && awake.answered(), { requests: true })
  if (output === 'quiet') io.out(`listening on ${broker.bootstrapServers.join(', ')}`)

  const timer = setInterval(() => {
    const line = activity.newRecords()
    if (line !== undefined) say(line)
  }, tellEveryMs)
  try {
    await aborted(io.signal)
  } finally {
    clearInterval(timer)
    await broker.stop()
  }
  const summary = activity.summary(Date.now() - since)
  io.out(output === 'json' ? jsonLine({ kind: 'summary', ...summary }) : summaryText(summary))
  return 0
}

function cannotStart(error: unknown, io: CommandIo): number {
  io.error(error instanceof Error ? error.message : String(error))
  return error instanceof BrokerOptionsError ? 2 : 1
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Offsets and producer ids as decimal text, errors as their message. */
const jsonLine = (value: object): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return String(part)
    return part instanceof Error ? part.message : part
  })
