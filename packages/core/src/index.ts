export { type Problem } from './error-entry.js'
export { type ErrorCode, errorCatalogue } from './errors.js'
export { fail, isMillraceError, MillraceError } from './millrace-error.js'
export { type Clock, systemClock, type Timer, waitOn } from './observe/clock.js'
export type { DriverEvent, EventCatalogue, EventName, EventOf, Events, MillraceEvent } from './observe/events.js'
export { type Logger, silentLogger } from './observe/logger.js'
export type { DeliveryReport, OutgoingRecord, Sender } from './produce/sender.js'
export type {
  Driver,
  DriverCapabilities,
  Lease,
  LeaseCommit,
  Member,
  MemberEvents,
  MemberOptions,
  SenderOptions,
  TopicDescription,
} from './receive/driver.js'
export type { Position, RawHeader, RawRecord, ReceivedBatch } from './receive/record.js'
