/**
 * What a test asked of a broker and could not get. `BROKER_UNKNOWN_PARTITION`: there is no such topic or partition.
 * `BROKER_BAD_WAIT`: a condition that means nothing. `BROKER_WAIT_TIMED_OUT`, `BROKER_WAIT_ABORTED`, `BROKER_STOPPED`: a wait was
 * given up; the message says what was seen last. An abort's reason is the cause.
 */
export class BrokerControlError extends Error {
  override readonly name = 'BrokerControlError'
  readonly code: BrokerControlErrorCode

  constructor(code: BrokerControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export type BrokerControlErrorCode =
  | 'BROKER_UNKNOWN_PARTITION'
  | 'BROKER_BAD_WAIT'
  | 'BROKER_WAIT_TIMED_OUT'
  | 'BROKER_WAIT_ABORTED'
  | 'BROKER_STOPPED'
