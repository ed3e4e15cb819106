/**
 * A worker process whose handler does what its record says: blocks the event loop, leaves timers behind, or nothing.
 * It blocks once: a record that comes back because the member was evicted meanwhile is handled at once.
 */
import { createWorker, defineConsumer, handle, json, parseDuration, runWorker, topic, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { announce } from '@millrace/testing'
import { announceWorker } from './announce-worker.js'
import { createJsonLineLogger } from './json-line-logger.js'
import { leaveWithParent } from './leave-with-parent.js'
import { parseSettings } from './parse-settings.js'

const settings = parseSettings(process.argv[2])
const logger = createJsonLineLogger()
const blockMs = settings.number('blockMs')
let hasBlocked = false
leaveWithParent()

/** Sleeping on a lock stops the loop as a busy one does, and leaves the core to others. */
const block = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const Work = topic(settings.text('topic'), { key: utf8, value: json() })
const worker = createWorker({
  driver: createKafkajsDriver({ brokers: settings.list('brokers') }),
  logger,
  sessionTimeout: `${settings.number('sessionTimeoutMs')}ms`,
  consumers: [
    defineConsumer({
      group: settings.text('group'),
      handlers: [
        handle(Work, { onExhausted: 'halt' }, (does, { partition, offset, attempt }) => {
          if (does === 'blocks the event loop' && !hasBlocked) {
            hasBlocked = true
            announce('blocking')
            block(blockMs)
          }
          if (does === 'leaves timers behind') setInterval(() => undefined, parseDuration('1m'))
          announce('handled', { does, partition, offset, attempt })
        }),
      ],
    }),
  ],
})
announceWorker(worker)
await runWorker(worker, { logger, onGiveUp: 'exit', host: process })
