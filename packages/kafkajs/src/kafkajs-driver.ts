import type { Driver } from '@millrace/core'
import { createGuardedDriver } from './create-guarded-driver.js'
import { guards } from './guards/guards.js'
import type { KafkajsDriverOptions } from './kafkajs-driver-options.js'

/**
 * The default driver: kafkajs 2.2.4 for connections, protocol encoding and group membership; fetching, decoding, offsets,
 * heartbeats, commits and sending are millrace's. Touches no network until it is used.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID` for `limits` out of their range.
 */
export const createKafkajsDriver = (options: KafkajsDriverOptions): Driver => createGuardedDriver(options, guards)
