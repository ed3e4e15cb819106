/** A worker process in at-most-once mode that writes down each run. Records that say so fail. */
import { setTimeout as delay } from 'node:timers/promises'
import { createWorker, defineConsumer, handle, json, type MessageContext, runWorker, topic, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { announce, logged, openRunLog, runLogVariable, workerNameVariable } from '@millrace/testing'
import { announceWorker } from './announce-worker.js'
import { createJsonLineLogger } from './json-line-logger.js'
import { leaveWithParent } from './leave-with-parent.js'
import { parseSettings } from './parse-settings.js'

const settings = parseSettings(process.argv[2])
const runLog = openRunLog(process.env[runLogVariable] ?? '/dev/null')
const worker = process.env[workerNameVariable] ?? 'nameless'
const logger = createJsonLineLogger()
const runsPerAnnouncement = 50
const generations = new Map<number, number>()
let runs = 0
leaveWithParent()

async function act(message: unknown, ctx: MessageContext<string>): Promise<void> {
  const { topic: from, partition, offset, key, attempt } = ctx
  const generation = generations.get(partition) ?? -1
  const id = `${partition}/${offset}`
  const run = { id, key, sequence: Number(offset), topic: from, partition, offset, attempt, worker, generation }
  await logged(runLog, run, async () => {
    await delay(1)
    if (message === 'fail') throw new Error(`${id} fails`)
  })
}

const counted = async (message: unknown, ctx: MessageContext<string>): Promise<void> => {
  runs += 1
  if (runs % runsPerAnnouncement === 0) announce('working', { runs })
  await act(message, ctx)
}

const Ticks = topic(settings.text('topic'), { key: utf8, value: json() })
const ticking = createWorker({
  driver: createKafkajsDriver({ brokers: settings.list('brokers') }),
  logger,
  sessionTimeout: `${settings.number('sessionTimeoutMs')}ms`,
  consumers: [
    defineConsumer({
      group: settings.text('group'),
      handlers: [handle(Ticks, { delivery: 'at-most-once' }, counted)],
    }),
  ],
})
ticking.on('lease.started', ({ partition, generation }) => void generations.set(partition, generation))
announceWorker(ticking)
await runWorker(ticking, { logger, onGiveUp: 'exit', host: process })
