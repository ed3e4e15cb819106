import type { ByteSize, Duration } from './option-kinds.js'

// What users pass, field by field, so that an editor shows what each option does. A test holds names, types and texts against
// the tables of `options.ts`.

/** The plain options of `createWorker`. */
export interface WorkerOptionsInput {
  /** Put in front of every topic name of the plan, dead-letter topics included: one code base, several environments on one cluster. */
  readonly topicPrefix?: string
  /** Put in front of every consumer group name of the plan. */
  readonly groupPrefix?: string
  /** How many handler runs may be in progress at once in the whole worker. Off by default: each handler has its own `concurrency`. */
  readonly maxConcurrency?: number
  /** How long `stop()` lets running handlers finish before it abandons them. 25 s fits the 30 s grace period of Kubernetes. A time limit longer than this is a warning at start. */
  readonly shutdownTimeout?: Duration
  /** How long one `onStart` or `onStop` hook may take before it counts as failed. */
  readonly hookTimeout?: Duration
  /** How long the group waits for a heartbeat before it takes the partitions of a silent member away. After a crash this is the wait until somebody else goes on. */
  readonly sessionTimeout?: Duration
  /** How often a heartbeat is sent. A rebalance is noticed by heartbeat, so a longer interval is a longer stall. At most a third of `sessionTimeout`. */
  readonly heartbeatInterval?: Duration
  /** How long the group waits for this member to finish before a rebalance. Left out: 60 s, or the longest handler time limit plus 15 s where that is more. */
  readonly rebalanceTimeout?: Duration
  /** Makes each member static (KIP-345): a worker that is back with the same id within `sessionTimeout` gets its partitions back, and nobody else stops. The price: a stop, too, leaves the partitions unread until the worker is back or `sessionTimeout` has passed, so raise that to the longest restart. One id per running worker, such as the name of a StatefulSet pod: of two workers with one id the older is fenced and fails with `MILLRACE_DRIVER_INSTANCE_FENCED`. */
  readonly instanceId?: string
  /** Where a group without committed offsets begins. `latest` skips everything that is in the log. */
  readonly startFrom?: 'earliest' | 'latest'
  /** Where a partition goes on when its committed offset is no longer in the log. Each jump is an event that names the skipped range; `fail` stops the partition instead. */
  readonly outOfRange?: 'earliest' | 'latest' | 'fail'
  /** How often settled positions are committed, one request for all partitions of a group. After a kill at most this much settled work is done again. */
  readonly commitInterval?: Duration
  /** Commits as soon as this many records have settled since the last commit, without waiting for the interval. One commit is in flight at a time. */
  readonly commitRecords?: number
  /** How long outputs of transforms wait for company before a transaction begins. A `read_committed` reader sees an output at most this long, and the time of the transaction, after its handler returned. A coordinator that is slow is asked less often. */
  readonly transactionInterval?: Duration
  /** Begins a transaction as soon as this many records are decided, without waiting for the interval. It takes all that are decided by then; one transaction of a group is in flight at a time, while handlers make the outputs of the next. */
  readonly transactionRecords?: number
  /** After which the brokers abort a transaction that is still open. Handlers run outside of it, so it needs no more than the time to send outputs and offsets: at least `transactionInterval` plus 4 s. A worker that is killed in the middle of one holds `read_committed` readers, and the next owner of its partitions, up for so long at most. */
  readonly transactionTimeout?: Duration
  /** Outputs in the whole worker that wait for their transaction; a record without any counts for one. At this mark lanes wait behind the record that they have finished, and fetching stops when their input buffers are full; the bound is the mark plus the outputs of one record per partition. */
  readonly bufferedOutputs?: number
  /** Bytes of these outputs and of the records that they were made of. */
  readonly bufferedOutputBytes?: ByteSize
  /** The second half of the transactional id of each exactly-once group, `<group>-<instance>`. Left out: `KAFKA_INSTANCE_ID`, else `instanceId`, else random for each worker. Random is right for most: zombies are fenced by the generation of the group and not by this name, and a host name would make two workers on one host fence each other. A process that comes back under a new id leaves at most one `transactionTimeout` of stall behind. One that is kept, such as the name of a StatefulSet pod, ends what the former process has open at once. Choose one without a part of the name of the group in front: `eu-0` of the group `billing` and `0` of `billing-eu` are one transactional id, `billing-eu-0`, and fence each other. */
  readonly transactionalInstance?: string
  /** Records buffered per partition. Fetching stops here and resumes at half; the bound is this mark plus one fetch answer. */
  readonly bufferedRecords?: number
  /** Records buffered in the whole worker. Fetching stops at this mark for every partition that holds any, and resumes at half. */
  readonly totalBufferedRecords?: number
  /** Bytes of keys, values and headers buffered in the whole worker. Fetching stops at this mark and resumes at half. */
  readonly totalBufferedBytes?: ByteSize
  /** How much one fetch answer brings per partition. A larger record still arrives whole. */
  readonly maxBytesPerPartition?: ByteSize
  /** How long a partition that has room, and whose log goes on, may get nothing before its member counts as stalled: `member.stalled` tells what it looked like, and it is left and rebuilt, as after a death. It is noticed after one to two such times. Shorter finds a stuck member sooner, but may take a broker that answers slowly for one; an idle topic costs one small request in this time. `off` watches nothing: only your alarm on lag would notice. */
  readonly watchdog?: Duration | 'off'
  /** How often a dead group member is rebuilt, with backoff, within `restartWindow` before the worker gives up. */
  readonly restarts?: number
  /** The window in which `restarts` are counted. */
  readonly restartWindow?: Duration
  /** What `run()` does when a member can not be kept alive: leave with exit code 1, so that the platform restarts the container, or stay up with readiness off. */
  readonly onGiveUp?: 'exit' | 'stay'
  /** Checks at start that all topics exist, that a dead-letter topic has as many partitions as its source, and that it takes records of the same size. */
  readonly verifyTopics?: boolean
}

/** The plain options of a handler. */
export interface HandlerOptionsInput {
  /** At-least-once commits after processing and loses nothing. At-most-once commits before each chunk of at most 100 records is handed over: a crash loses at most that chunk, and a failed record is logged and counted, never redelivered. */
  readonly delivery?: 'at-least-once' | 'at-most-once'
  /** Which records run one after another. `partition`: all records of a partition, in their order; partitions run in parallel. */
  readonly order?: 'partition'
  /** How many runs of this handler may be in progress at once in a worker. In `partition` order the number of assigned partitions counts where it is more. */
  readonly concurrency?: number
  /** How long one attempt may run. Then `ctx.signal` aborts with reason "timeout" and the attempt fails; a result that arrives later is ignored and counted. A run that ignores its signal for 5 s more is marked late and its slot is freed. */
  readonly timeout?: Duration
  /** What happens when a dead letter is too large for its topic even after its stack, the end of its error and all but four headers of ours were left out. `halt` stops the partition at the record, with readiness off, and commits nothing past it. `without-value` writes key and headers with null for a value and its length in `omitted-value-bytes`: the value is then only in the source topic, for as long as that keeps it; where that is too large as well, it halts. `skip` logs and counts the record and goes on: it is lost. */
  readonly onOversize?: 'halt' | 'without-value' | 'skip'
  /** Writes the stack of the error, cut at 8 KiB, into the dead letter as `error-stack`. Off by default: stacks can hold paths and values that other readers of the topic should not see. */
  readonly errorStack?: boolean
}

/** The options that only a transform has. */
export interface TransformOptionsInput {
  /** Exactly-once stores the outputs of a record and the commit of its offset in one transaction: a `read_committed` reader sees both or neither, whatever crashes. At-least-once stores the outputs first and commits then: after a crash some of them are written once more. Effects outside Kafka are at-least-once in both. */
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** An output without a `key` gets the key of its record, byte for byte, so that it goes the same way where the partition counts are equal. Turn it off, or give a key, where the sink reads keys in another format than the source; off, an output without a key has none. */
  readonly inheritKey?: boolean
  /** An output without a `timestamp` gets that of its record, so that time windows and retention count from the event and not from its processing. Off, it is the time of sending. */
  readonly inheritTimestamp?: boolean
  /** How many outputs one record may have. They go out together and are all held in memory until then, so an endless generator has to end somewhere: a record with more fails. */
  readonly maxOutputs?: number
}

/** The options of `exponential(...)`. */
export interface RetryOptionsInput {
  /** Runs in all, the first included. */
  readonly attempts?: number
  /** The wait before the second attempt; it doubles from there. */
  readonly initialDelay?: Duration
  /** The longest single wait. */
  readonly maxDelay?: Duration
  /** All waits of one record together. What would exceed it is not waited for: the record is exhausted. */
  readonly budget?: Duration
  /** Full jitter draws each wait between zero and its length, so that many records do not return at the same moment. */
  readonly jitter?: 'full' | 'none'
}

/** The options of a transactional producer. */
export interface TransactionalProducerOptionsInput
  extends Pick<ProducerOptionsInput, 'linger' | 'maxBatchBytes' | 'compression'> {
  /** How long a transaction may stay open; then the broker aborts it. The function that sends runs inside it, so this has to be more than it ever needs. A process that dies holds `read_committed` readers up for so long at most. Brokers allow 15 min unless configured otherwise. */
  readonly transactionTimeout?: Duration
}

/** The options of a producer. */
export interface ProducerOptionsInput {
  /** How long a partition's batch waits for company. An upper limit: batches for a broker with nothing in flight go at the end of the turn. */
  readonly linger?: Duration
  /** Size at which a batch is sent without waiting. A larger record is sent alone. */
  readonly maxBatchBytes?: ByteSize
  /** How batches are compressed, on the event loop of this process: `lz4` and `snappy` cost least, `zstd` and `gzip` store fewer bytes. Nothing has to be installed for any of them; a batch that would grow is stored as it is. */
  readonly compression?: 'lz4' | 'zstd' | 'snappy' | 'gzip' | 'none'
  /** How long one record may take from `send` to its acknowledgement. Lost answers are repeated with the same sequence within it, so nothing is stored twice. */
  readonly deliveryTimeout?: Duration
  /** Bytes that may wait for acknowledgement; `onFull` says what happens beyond it. */
  readonly maxBufferedBytes?: ByteSize
  /** What becomes of a record that finds no room in `maxBufferedBytes`. `wait`: `send` waits for room, at most for `deliveryTimeout`, which slows its caller down to what the brokers take. `reject`: it is refused at once (`MILLRACE_PRODUCE_BUFFER_FULL`), for callers that would rather shed load than wait. */
  readonly onFull?: 'wait' | 'reject'
}
