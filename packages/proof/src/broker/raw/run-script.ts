import type { Address, RawConnection } from './raw-connection.js'
import { createReadable } from './readable-answer.js'
import type { Script } from './script.js'
import { createStage, ScriptEnded } from './stage.js'
import type { Step, Trace, Traces } from './trace.js'

/** Plays a script and returns what was said to it. Rejects only where the script itself cannot be played. */
async function runScript(script: Script, address: Address, play = 1): Promise<Trace> {
  // A second play finds what the first one left, so it has names of its own.
  const prefix = `${slugOf(script.name)}${play === 1 ? '' : `-${play}`}--`
  const nowMs = Date.now()
  const steps: (Step | undefined)[] = []
  const connections: RawConnection[] = []
  const readable = createReadable({ nowMs, prefix, ownerOf: (name) => ownerOf(name, prefix) })
  try {
    await script.run(await createStage({ address, prefix, nowMs, readable, steps, connections }))
  } catch (error) {
    if (!(error instanceof ScriptEnded)) {
      throw new Error(`the script "${script.name}" cannot be played`, { cause: error })
    }
  } finally {
    for (const connection of connections) connection.end()
  }
  return steps.map((step) => step ?? { at: 'never answered', says: 'silent' })
}

export interface Playing {
  readonly atOnce: number
  /** Each play of a script on one broker has another number. Default 1. */
  readonly play?: number
}

/** Plays scripts side by side: they share nothing but the broker. */
export async function runScripts(
  scripts: readonly Script[],
  address: Address,
  { atOnce, play = 1 }: Playing,
): Promise<Traces> {
  const traces = new Map<string, Trace>()
  const left = [...scripts]
  const playOn = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      traces.set(next.name, await runScript(next, address, play))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, playOn))
  return Object.fromEntries(scripts.map(({ name }) => [name, traces.get(name) ?? []]))
}

/** What names of topics and groups of a script begin with. */
export const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 100)

/** Names of scripts have two dashes in the middle; two underscores in front are Kafka's own. */
function ownerOf(name: string, prefix: string): 'this script' | 'another' | 'nobody' {
  if (name.startsWith(prefix)) return 'this script'
  return name.startsWith('__') || name.includes('--') ? 'another' : 'nobody'
}
