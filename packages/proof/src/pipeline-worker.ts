/**
 * A worker process of the exactly-once proofs, put together as a service would: a decorated transform, its outputs and dead
 * letters in transactions. Its handler does what the id of its record says and writes down each run. SIGTERM drains it.
 */
import { openRunLog, runLogVariable, workerNameVariable } from '@millrace/testing'
import { Consumer, createWorker, fixed, json, topic, Transform, type TransformContext, utf8 } from 'millrace'
import { announceAll } from './announce-all.js'
import { readChildSettings } from './child-settings.js'
import { createJsonLineLogger } from './json-line-logger.js'
import { leaveWithParent } from './leave-with-parent.js'
import { maxAttempts } from './planned-record.js'
import { plannedTransform } from './planned-transform.js'
import { sendingOutside } from './sending-outside.js'

const settings = readChildSettings(process.env)
const { pipeline } = settings
if (pipeline === undefined) throw new TypeError('these are settings of another worker')
const name = process.env[workerNameVariable] ?? 'nameless'
const runLog = openRunLog(process.env[runLogVariable] ?? '/dev/null')
const gate = new AbortController()
process.once('SIGUSR2', () => gate.abort())
leaveWithParent()

const generations = new Map<number, number>()
const honest = plannedTransform({
  worker: name,
  generationOf: (partition) => generations.get(partition) ?? -1,
  runLog,
  gate: gate.signal,
  handlerMs: settings.handlerMs,
})
const transform = pipeline.sendsOutside ? sendingOutside(honest, settings.brokers, pipeline.outputTopic) : honest
const Source = topic(settings.topic, { key: utf8, value: json() })
const Sink = topic(pipeline.outputTopic, { key: utf8, value: json() })

@Consumer({ group: settings.group })
class Pipeline {
  @Transform(Source, {
    to: Sink,
    timeout: '60s',
    retry: fixed({ attempts: maxAttempts, delay: '20ms' }),
    deadLetter: settings.deadLetterTopic,
  })
  transform(value: unknown, ctx: TransformContext<string, typeof Sink>) {
    return transform(value, ctx)
  }
}

const transactions = {
  transactionInterval: `${pipeline.transactionIntervalMs}ms`,
  transactionTimeout: `${pipeline.transactionTimeoutMs}ms`,
} as const
const worker = createWorker({
  consumers: [Pipeline],
  kafka: { brokers: settings.brokers, clientId: name },
  logger: createJsonLineLogger(),
  ops: false,
  sessionTimeout: `${settings.sessionTimeoutMs}ms`,
  heartbeatInterval: `${settings.heartbeatIntervalMs}ms`,
  ...transactions,
  onGiveUp: 'exit',
})
worker.on('lease.started', ({ partition, generation }) => void generations.set(partition, generation))
announceAll(worker)
await worker.run()
