import type { ErrorCode, FactsOf } from '../../packages/core/src/errors.js'

const orders = { topic: 'orders.v1', partition: 3 }
const problem = (where: string, what: string, fix: string) => ({ problems: [{ where, problem: what, fix }] })

/** Facts that show what a message looks like: the compiler asks for a row per code. */
export const errorSamples: { readonly [Code in ErrorCode]: FactsOf<Code> } = {
  MILLRACE_PLAN_INVALID: problem(
    'billing: orders.v1 -> BillingHandlers.placed',
    'it does not say what becomes of a record that can not be processed',
    "write deadLetter: true, or onExhausted: 'halt' or 'skip'",
  ),
  MILLRACE_OPTIONS_INVALID: problem(
    'createWorker: shutdownTimeout',
    '"25" is not a duration',
    "write a number and a unit, such as '10s'",
  ),
  MILLRACE_CONFIG_INVALID: problem('KAFKA_BROKERS', 'is not set', 'name at least one broker as host:port'),
  MILLRACE_TOPICS_INVALID: problem('orders.v1.billing.dlq', 'does not exist', 'create it with 6 partitions'),
  MILLRACE_WORKER_STATE: { action: 'start()', state: 'stopped' },
  MILLRACE_WORKER_FAILED: { group: 'billing', deaths: 6, windowMs: 600_000 },
  MILLRACE_HOOK_FAILED: { hook: 'onStart', index: 0 },
  MILLRACE_HOOK_TIMED_OUT: { hook: 'onStart', index: 0, limitMs: 30_000 },
  MILLRACE_CLOSE_TIMED_OUT: { what: 'closing the container', limitMs: 5000 },
  MILLRACE_DECODE_FAILED: { topic: 'orders.v1', part: 'value', serde: 'json' },
  MILLRACE_DECODE_TOMBSTONE: { topic: 'orders.v1' },
  MILLRACE_VALIDATE_FAILED: { topic: 'orders.v1', issues: 'amount: Invalid input: expected number, received string' },
  MILLRACE_ENCODE_FAILED: { topic: 'orders.v1', part: 'value', reason: 'JSON has no form for function' },
  MILLRACE_HANDLER_TIMED_OUT: { handler: 'BillingHandlers.placed', limitMs: 20_000 },
  MILLRACE_HANDLER_THREW: { thrown: '"no such customer"' },
  MILLRACE_MIDDLEWARE_NEXT_TWICE: { middleware: 'measure' },
  MILLRACE_SETTLE_DEAD_LETTER_TOO_LARGE: {
    ...{ ...orders, offset: 42n, deadLetterTopic: 'orders.v1.billing.dlq', bytes: 1_100_000 },
  },
  MILLRACE_SETTLE_DEAD_LETTER_FAILED: { topic: 'orders.v1.billing.dlq', tries: 3 },
  MILLRACE_LEDGER_UNBALANCED: { partition: 'orders.v1[3]', received: 100, accounted: 99 },
  MILLRACE_DRIVER_UNREACHABLE: { brokers: 'localhost:9092', tries: 8 },
  MILLRACE_DRIVER_UNAUTHORIZED: { what: 'the topic orders.v1', reason: 'TOPIC_AUTHORIZATION_FAILED' },
  MILLRACE_DRIVER_LACKS: { driver: 'scripted', capability: 'transactions' },
  MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED: {
    found: '2.3.0',
    problem: 'another version than the one they were proven against',
  },
  MILLRACE_DRIVER_LEASE_ENDED: orders,
  MILLRACE_DRIVER_COMMIT_REFUSED: { group: 'billing', reason: 'ILLEGAL_GENERATION' },
  MILLRACE_DRIVER_COMMIT_FAILED: { group: 'billing', reason: 'COORDINATOR_LOAD_IN_PROGRESS' },
  MILLRACE_DRIVER_MEMBER_DIED: { group: 'billing', reason: 'UNKNOWN_MEMBER_ID' },
  MILLRACE_DRIVER_MEMBER_STALLED: { group: 'billing', partitions: 'orders.v1[3]', limitMs: 60_000 },
  MILLRACE_DRIVER_LEAVE_FAILED: { group: 'billing', reason: 'it had not left after 40 s' },
  MILLRACE_DRIVER_INSTANCE_FENCED: { group: 'billing', instanceId: 'billing-2' },
  MILLRACE_DRIVER_PARTITION_FAILED: { ...orders, reason: 'LEADER_NOT_AVAILABLE' },
  MILLRACE_PRODUCE_REFUSED: { ...orders, reason: 'TOPIC_AUTHORIZATION_FAILED' },
  MILLRACE_PRODUCE_TOO_LARGE: { ...orders, bytes: 1_500_000 },
  MILLRACE_PRODUCE_TIMED_OUT: { topic: 'orders.v1', deliveryTimeoutMs: 30_000 },
  MILLRACE_PRODUCE_UNKNOWN: { ...orders, deliveryTimeoutMs: 30_000 },
  MILLRACE_PRODUCE_CLOSED: {},
  MILLRACE_PRODUCE_FLUSH_TIMED_OUT: { unsent: 12, timeoutMs: 10_000 },
  MILLRACE_INJECT_METADATA_MISSING: {
    className: 'BillingHandlers',
    index: 0,
    likely: 'the compiler emitted no types, so @inject has to name the token',
    fix: 'write @inject(Billing) in front of parameter 0 of BillingHandlers',
  },
  MILLRACE_INJECT_FAILED: { className: 'BillingHandlers', reason: 'nothing is bound to Billing' },
}
