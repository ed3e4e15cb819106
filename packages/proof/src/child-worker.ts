/**
 * A worker process of the proof suites: core and the kafkajs driver, put together as a service would, with handlers that
 * do what the id of their record says and write down each run. SIGTERM drains it, SIGUSR2 opens the gate of gated records.
 */
import { createWorker, defineConsumer, type Driver, fixed, handle, json, runWorker, topic, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { openRunLog, runLogVariable, workerNameVariable } from '@millrace/testing'
import { announceAll } from './announce-all.js'
import { type ChildSettings, readChildSettings } from './child-settings.js'
import { committingAhead } from './committing-ahead.js'
import { createJsonLineLogger } from './json-line-logger.js'
import { leaveWithParent } from './leave-with-parent.js'
import { plannedHandler } from './planned-handler.js'
import { maxAttempts } from './planned-record.js'

const settings = readChildSettings(process.env)
const name = process.env[workerNameVariable] ?? 'nameless'
const runLog = openRunLog(process.env[runLogVariable] ?? '/dev/null')
const gate = new AbortController()
process.once('SIGUSR2', () => gate.abort())
leaveWithParent()

const logger = createJsonLineLogger()
const generations = new Map<number, number>()
const worker = createWorker({
  driver: driverFor(settings),
  logger,
  sessionTimeout: `${settings.sessionTimeoutMs}ms`,
  heartbeatInterval: `${settings.heartbeatIntervalMs}ms`,
  verifyTopics: settings.verifyTopics,
  consumers: [
    defineConsumer({
      group: settings.group,
      handlers: [
        handle(
          topic(settings.topic, { key: utf8, value: json() }),
          {
            timeout: '60s',
            retry: fixed({ attempts: maxAttempts, delay: '20ms' }),
            deadLetter: settings.deadLetterTopic,
          },
          plannedHandler({
            worker: name,
            generationOf: (partition) => generations.get(partition) ?? -1,
            runLog,
            gate: gate.signal,
            handlerMs: settings.handlerMs,
          }),
        ),
      ],
    }),
  ],
})
worker.on('lease.started', ({ partition, generation }) => void generations.set(partition, generation))
announceAll(worker)
await runWorker(worker, { logger, onGiveUp: 'exit', host: process })

/** The real driver; only the sender of dead letters may give up earlier, so that a test sees what happens then. */
function driverFor({ brokers, deadLetterTimeoutMs, commitsAhead }: ChildSettings): Driver {
  const driver = createKafkajsDriver({ brokers, clientId: name, logger })
  const openSender: Driver['openSender'] = (options) =>
    driver.openSender({ ...options, deliveryTimeoutMs: deadLetterTimeoutMs })
  const honest = { ...driver, openSender }
  return commitsAhead === 0 ? honest : committingAhead(honest, BigInt(commitsAhead))
}
