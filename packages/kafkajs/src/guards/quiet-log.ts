import type { Logger } from '@millrace/core'
import type { LogEntry } from 'kafkajs'

const KAFKAJS_WARN = 2

/**
 * kafkajs logs a stack for every refused connection and every rebalance. What matters of it arrives as an event or an
 * error of ours, so its warnings go to `debug` and the rest, which may quote requests, nowhere.
 */
export const quietLog =
  (log: Logger) =>
  () =>
  ({ namespace, level, log: { message } }: LogEntry): void => {
    if (level <= KAFKAJS_WARN) log.debug({ kafkajs: namespace }, message)
  }
