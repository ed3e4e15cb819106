export type TestKitErrorCode =
  /** A broker or a tool of its could not be started, though everything it needs is installed. */
  | 'MILLRACE_TEST_BROKER_FAILED'
  /** No real Kafka where one is required. */
  | 'MILLRACE_TEST_BROKER_MISSING'
  /** The Java probe, or Kafka through it, refused a command; `kafkaError` names Java's exception. */
  | 'MILLRACE_TEST_PROBE_FAILED'

/** What the broker launchers and the probe throw. Match on `code`, and on `kafkaError` for what Kafka itself said. */
export class TestKitError extends Error {
  override readonly name = 'TestKitError'
  readonly code: TestKitErrorCode
  /** Simple class name of the Java exception, such as `TopicExistsException`; only with MILLRACE_TEST_PROBE_FAILED. */
  readonly kafkaError: string | undefined

  constructor(code: TestKitErrorCode, message: string, options: ErrorOptions & { readonly kafkaError?: string } = {}) {
    super(message, options)
    this.code = code
    this.kafkaError = options.kafkaError
  }
}
