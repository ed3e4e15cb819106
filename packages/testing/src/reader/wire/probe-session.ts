import { KafkaRefusal, timedOut } from './kafka-refusal.js'
import { producerCommands } from './producer-commands.js'
import { createSessionClusters } from './session-clusters.js'
import { clusterCommands } from './wire-admin.js'
import type { CommandContext, WireCall } from './wire-call.js'
import { groupCommands } from './wire-groups.js'
import { pace } from './wire-pace.js'
import { readTopic, tailTopic } from './wire-reading.js'
import { topicCommands } from './wire-topics.js'

/** One client of the probe. Its clusters and open transactions end with it. */
export interface ProbeSession {
  run(call: WireCall, sendPart: CommandContext['sendPart']): Promise<unknown>
  close(): void
}

/** A frozen node answers nothing: a second is enough to tell, and the metadata is then asked of another one. */
const paceRequestLimitMs = 1000

export function createProbeSession(): ProbeSession {
  const closing = new AbortController()
  const clusters = createSessionClusters()
  /** Readers that follow a topic, by a name of the client; aborted when they have seen enough. */
  const tails = new Map<string, AbortController>()
  const tailOf = (call: WireCall): AbortController => {
    const tail = tails.get(call.text('tail')) ?? new AbortController()
    tails.set(call.text('tail'), tail)
    return tail
  }

  const commands: Readonly<Record<string, (context: CommandContext) => Promise<unknown>>> = {
    ...producerCommands(clusters),
    read: (context) => clusters.using(clusters.open(context.call), (cluster) => readTopic(cluster, context)),
    async tail(context) {
      const { signal } = tailOf(context.call)
      try {
        return await clusters.using(clusters.open(context.call), (cluster) => tailTopic(cluster, context, signal))
      } finally {
        tails.delete(context.call.text('tail'))
      }
    },
    async endTail({ call }) {
      tailOf(call).abort()
    },
    pace: (context) =>
      clusters.using(clusters.open(context.call, { requestLimitMs: paceRequestLimitMs }), (cluster) =>
        pace(cluster, context),
      ),
  }
  const adminCommands = { ...topicCommands, ...groupCommands, ...clusterCommands }

  return {
    async run(call, sendPart) {
      const context = { call, limit: AbortSignal.any([AbortSignal.timeout(call.timeoutMs), closing.signal]), sendPart }
      const command = commands[call.command]
      if (command !== undefined) return command(context)
      const adminCommand = adminCommands[call.command]
      if (adminCommand !== undefined) return adminCommand(clusters.admin(call), context)
      throw new KafkaRefusal('IllegalArgumentException', `no such command: ${call.command}`)
    },
    close() {
      closing.abort(timedOut('the client has gone'))
      clusters.closeAll()
    },
  }
}
