import { bool, byteSize, duration, durationOrOff, integer, kafkaName, oneOf, text } from './option-kinds.js'
import { option, optional, type ResolvedOf } from './option.js'

/** Options of `createWorker`. `docs/options.md` is generated from these tables, and a test asserts each default. */
export const workerOptions = {
  topicPrefix: optional({
    kind: text(),
    doc: 'Put in front of every topic name of the plan, dead-letter topics included: one code base, several environments on one cluster.',
  }),
  groupPrefix: optional({ kind: text(), doc: 'Put in front of every consumer group name of the plan.' }),
  maxConcurrency: optional({
    kind: integer({ min: 1, max: 100_000 }),
    doc: 'How many handler runs may be in progress at once in the whole worker. Off by default: each handler has its own `concurrency`.',
  }),
  shutdownTimeout: option({
    kind: duration({ min: '0ms', max: '1h' }),
    default: '25s',
    doc: 'How long `stop()` lets running handlers finish before it abandons them. 25 s fits the 30 s grace period of Kubernetes. A time limit longer than this is a warning at start.',
  }),
  hookTimeout: option({
    kind: duration({ min: '10ms', max: '1h' }),
    default: '30s',
    doc: 'How long one `onStart` or `onStop` hook may take before it counts as failed.',
  }),
  sessionTimeout: option({
    kind: duration({ min: '500ms', max: '30m' }),
    default: '15s',
    doc: 'How long the group waits for a heartbeat before it takes the partitions of a silent member away. After a crash this is the wait until somebody else goes on.',
  }),
  heartbeatInterval: option({
    kind: duration({ min: '50ms', max: '1m' }),
    default: '500ms',
    doc: 'How often a heartbeat is sent. A rebalance is noticed by heartbeat, so a longer interval is a longer stall. At most a third of `sessionTimeout`.',
  }),
  rebalanceTimeout: optional({
    kind: duration({ min: '1s', max: '2h' }),
    doc: 'How long the group waits for this member to finish before a rebalance. Left out: 60 s, or the longest handler time limit plus 15 s where that is more.',
  }),
  instanceId: optional({
    kind: kafkaName(),
    doc: 'Makes each member static (KIP-345): a worker that is back with the same id within `sessionTimeout` gets its partitions back, and nobody else stops. The price: a stop, too, leaves the partitions unread until the worker is back or `sessionTimeout` has passed, so raise that to the longest restart. One id per running worker, such as the name of a StatefulSet pod: of two workers with one id the older is fenced and fails with `MILLRACE_DRIVER_INSTANCE_FENCED`.',
  }),
  startFrom: option({
    kind: oneOf('earliest', 'latest'),
    default: 'earliest',
    doc: 'Where a group without committed offsets begins. `latest` skips everything that is in the log.',
  }),
  outOfRange: option({
    kind: oneOf('earliest', 'latest', 'fail'),
    default: 'earliest',
    doc: 'Where a partition goes on when its committed offset is no longer in the log. Each jump is an event that names the skipped range; `fail` stops the partition instead.',
  }),
  commitInterval: option({
    kind: duration({ min: '10ms', max: '1m' }),
    default: '200ms',
    doc: 'How often settled positions are committed, one request for all partitions of a group. After a kill at most this much settled work is done again.',
  }),
  commitRecords: option({
    kind: integer({ min: 1, max: 100_000 }),
    default: 200,
    doc: 'Commits as soon as this many records have settled since the last commit, without waiting for the interval. One commit is in flight at a time.',
  }),
  transactionInterval: option({
    kind: duration({ min: '10ms', max: '1m' }),
    default: '100ms',
    doc: 'How long outputs of transforms wait for company before a transaction begins. A `read_committed` reader sees an output at most this long, and the time of the transaction, after its handler returned. A coordinator that is slow is asked less often.',
  }),
  transactionRecords: option({
    kind: integer({ min: 1, max: 100_000 }),
    default: 500,
    doc: 'Begins a transaction as soon as this many records are decided, without waiting for the interval. It takes all that are decided by then; one transaction of a group is in flight at a time, while handlers make the outputs of the next.',
  }),
  transactionTimeout: option({
    kind: duration({ min: '1s', max: '15m' }),
    default: '15s',
    doc: 'After which the brokers abort a transaction that is still open. Handlers run outside of it, so it needs no more than the time to send outputs and offsets: at least `transactionInterval` plus 4 s. A worker that is killed in the middle of one holds `read_committed` readers, and the next owner of its partitions, up for so long at most.',
  }),
  bufferedOutputs: option({
    kind: integer({ min: 1, max: 10_000_000 }),
    default: 20_000,
    doc: 'Outputs in the whole worker that wait for their transaction; a record without any counts for one. At this mark lanes wait behind the record that they have finished, and fetching stops when their input buffers are full; the bound is the mark plus the outputs of one record per partition.',
  }),
  bufferedOutputBytes: option({
    kind: byteSize({ min: '64KiB', max: '16GiB' }),
    default: '64MiB',
    doc: 'Bytes of these outputs and of the records that they were made of.',
  }),
  transactionalInstance: optional({
    kind: kafkaName(),
    doc: 'The second half of the transactional id of each exactly-once group, `<group>-<instance>`. Left out: `KAFKA_INSTANCE_ID`, else `instanceId`, else random for each worker. Random is right for most: zombies are fenced by the generation of the group and not by this name, and a host name would make two workers on one host fence each other. A process that comes back under a new id leaves at most one `transactionTimeout` of stall behind. One that is kept, such as the name of a StatefulSet pod, ends what the former process has open at once. Choose one without a part of the name of the group in front: `eu-0` of the group `billing` and `0` of `billing-eu` are one transactional id, `billing-eu-0`, and fence each other.',
  }),
  bufferedRecords: option({
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 500,
    doc: 'Records buffered per partition. Fetching stops here and resumes at half; the bound is this mark plus one fetch answer.',
  }),
  totalBufferedRecords: option({
    kind: integer({ min: 1, max: 10_000_000 }),
    default: 5_000,
    doc: 'Records buffered in the whole worker. Fetching stops at this mark for every partition that holds any, and resumes at half.',
  }),
  totalBufferedBytes: option({
    kind: byteSize({ min: '64KiB', max: '16GiB' }),
    default: '64MiB',
    doc: 'Bytes of keys, values and headers buffered in the whole worker. Fetching stops at this mark and resumes at half.',
  }),
  maxBytesPerPartition: option({
    kind: byteSize({ min: '1KiB', max: '1GiB' }),
    default: '1MiB',
    doc: 'How much one fetch answer brings per partition. A larger record still arrives whole.',
  }),
  watchdog: option({
    kind: durationOrOff({ min: '1s', max: '1h' }),
    default: '60s',
    doc: 'How long a partition that has room, and whose log goes on, may get nothing before its member counts as stalled: `member.stalled` tells what it looked like, and it is left and rebuilt, as after a death. It is noticed after one to two such times. Shorter finds a stuck member sooner, but may take a broker that answers slowly for one; an idle topic costs one small request in this time. `off` watches nothing: only your alarm on lag would notice.',
  }),
  restarts: option({
    kind: integer({ min: 0, max: 1_000 }),
    default: 5,
    doc: 'How often a dead group member is rebuilt, with backoff, within `restartWindow` before the worker gives up.',
  }),
  restartWindow: option({
    kind: duration({ min: '1s', max: '1d' }),
    default: '10m',
    doc: 'The window in which `restarts` are counted.',
  }),
  onGiveUp: option({
    kind: oneOf('exit', 'stay'),
    default: 'exit',
    doc: 'What `run()` does when a member can not be kept alive: leave with exit code 1, so that the platform restarts the container, or stay up with readiness off.',
  }),
  verifyTopics: option({
    kind: bool(),
    default: true,
    doc: 'Checks at start that all topics exist, that a dead-letter topic has as many partitions as its source, and that it takes records of the same size.',
  }),
} as const

/** Options of a handler: `@Handle(topic, options)`. */
export const handlerOptions = {
  delivery: option({
    kind: oneOf('at-least-once', 'at-most-once'),
    default: 'at-least-once',
    doc: 'At-least-once commits after processing and loses nothing. At-most-once commits before each chunk of at most 100 records is handed over: a crash loses at most that chunk, and a failed record is logged and counted, never redelivered.',
  }),
  order: option({
    kind: oneOf('partition'),
    default: 'partition',
    doc: 'Which records run one after another. `partition`: all records of a partition, in their order; partitions run in parallel.',
  }),
  concurrency: option({
    kind: integer({ min: 1, max: 10_000 }),
    default: 16,
    doc: 'How many runs of this handler may be in progress at once in a worker. In `partition` order the number of assigned partitions counts where it is more.',
  }),
  timeout: option({
    kind: duration({ min: '100ms', max: '30m' }),
    default: '20s',
    doc: 'How long one attempt may run. Then `ctx.signal` aborts with reason "timeout" and the attempt fails; a result that arrives later is ignored and counted. A run that ignores its signal for 5 s more is marked late and its slot is freed.',
  }),
  onOversize: option({
    kind: oneOf('halt', 'without-value', 'skip'),
    default: 'halt',
    doc: 'What happens when a dead letter is too large for its topic even after its stack, the end of its error and all but four headers of ours were left out. `halt` stops the partition at the record, with readiness off, and commits nothing past it. `without-value` writes key and headers with null for a value and its length in `omitted-value-bytes`: the value is then only in the source topic, for as long as that keeps it; where that is too large as well, it halts. `skip` logs and counts the record and goes on: it is lost.',
  }),
  errorStack: option({
    kind: bool(),
    default: false,
    doc: 'Writes the stack of the error, cut at 8 KiB, into the dead letter as `error-stack`. Off by default: stacks can hold paths and values that other readers of the topic should not see.',
  }),
} as const

/** Options that only a transform has: `@Transform(topic, options)`. Its `delivery` stands in the place of a handler's. */
export const transformOptions = {
  delivery: option({
    kind: oneOf('exactly-once', 'at-least-once'),
    default: 'exactly-once',
    doc: 'Exactly-once stores the outputs of a record and the commit of its offset in one transaction: a `read_committed` reader sees both or neither, whatever crashes. At-least-once stores the outputs first and commits then: after a crash some of them are written once more. Effects outside Kafka are at-least-once in both.',
  }),
  inheritKey: option({
    kind: bool(),
    default: true,
    doc: 'An output without a `key` gets the key of its record, byte for byte, so that it goes the same way where the partition counts are equal. Turn it off, or give a key, where the sink reads keys in another format than the source; off, an output without a key has none.',
  }),
  inheritTimestamp: option({
    kind: bool(),
    default: true,
    doc: 'An output without a `timestamp` gets that of its record, so that time windows and retention count from the event and not from its processing. Off, it is the time of sending.',
  }),
  maxOutputs: option({
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 10_000,
    doc: 'How many outputs one record may have. They go out together and are all held in memory until then, so an endless generator has to end somewhere: a record with more fails.',
  }),
} as const

/** Options of `exponential(...)`: how a failed record is retried in place while its lane waits. */
export const retryOptions = {
  attempts: option({
    kind: integer({ min: 1, max: 1_000 }),
    default: 4,
    doc: 'Runs in all, the first included.',
  }),
  initialDelay: option({
    kind: duration({ min: '1ms', max: '1h' }),
    default: '200ms',
    doc: 'The wait before the second attempt; it doubles from there.',
  }),
  maxDelay: option({
    kind: duration({ min: '1ms', max: '1h' }),
    default: '5s',
    doc: 'The longest single wait.',
  }),
  budget: option({
    kind: duration({ min: '1ms', max: '12h' }),
    default: '15s',
    doc: 'All waits of one record together. What would exceed it is not waited for: the record is exhausted.',
  }),
  jitter: option({
    kind: oneOf('full', 'none'),
    default: 'full',
    doc: 'Full jitter draws each wait between zero and its length, so that many records do not return at the same moment.',
  }),
} as const

/** Options of a producer. */
export const producerOptions = {
  linger: option({
    kind: duration({ min: '0ms', max: '10s' }),
    default: '5ms',
    doc: "How long a partition's batch waits for company. An upper limit: batches for a broker with nothing in flight go at the end of the turn.",
  }),
  maxBatchBytes: option({
    kind: byteSize({ min: '1kB', max: '100MB' }),
    default: '64kB',
    doc: 'Size at which a batch is sent without waiting. A larger record is sent alone.',
  }),
  compression: option({
    kind: oneOf('lz4', 'zstd', 'snappy', 'gzip', 'none'),
    default: 'lz4',
    doc: 'How batches are compressed, on the event loop of this process: `lz4` and `snappy` cost least, `zstd` and `gzip` store fewer bytes. Nothing has to be installed for any of them; a batch that would grow is stored as it is.',
  }),
  deliveryTimeout: option({
    kind: duration({ min: '100ms', max: '1h' }),
    default: '30s',
    doc: 'How long one record may take from `send` to its acknowledgement. Lost answers are repeated with the same sequence within it, so nothing is stored twice.',
  }),
  maxBufferedBytes: option({
    kind: byteSize({ min: '64kB', max: '4GiB' }),
    default: '32MiB',
    doc: 'Bytes that may wait for acknowledgement; `onFull` says what happens beyond it.',
  }),
  onFull: option({
    kind: oneOf('wait', 'reject'),
    default: 'wait',
    doc: 'What becomes of a record that finds no room in `maxBufferedBytes`. `wait`: `send` waits for room, at most for `deliveryTimeout`, which slows its caller down to what the brokers take. `reject`: it is refused at once (`MILLRACE_PRODUCE_BUFFER_FULL`), for callers that would rather shed load than wait.',
  }),
} as const

/** Options of a transactional producer. */
export const transactionalProducerOptions = {
  transactionTimeout: option({
    kind: duration({ min: '1s', max: '15m' }),
    default: '60s',
    doc: 'How long a transaction may stay open; then the broker aborts it. The function that sends runs inside it, so this has to be more than it ever needs. A process that dies holds `read_committed` readers up for so long at most. Brokers allow 15 min unless configured otherwise.',
  }),
  linger: producerOptions.linger,
  maxBatchBytes: producerOptions.maxBatchBytes,
  compression: producerOptions.compression,
} as const

export type ResolvedWorkerOptions = ResolvedOf<typeof workerOptions>
export type ResolvedHandlerOptions = ResolvedOf<typeof handlerOptions>
export type ResolvedTransformOptions = ResolvedOf<typeof transformOptions>
export type ResolvedProducerOptions = ResolvedOf<typeof producerOptions>
