/** A difference from Kafka that stands: it is on the page about the broker. */
export interface KnownDifference {
  /** For people who use the broker: what is different. */
  readonly what: string
  readonly reason: string
  /** The scripts that show it; default any. */
  readonly script?: RegExp
  /** API, version and note of the step. */
  readonly at: RegExp
  /** The field, empty where not even the kind of answer is the same. */
  readonly path: RegExp
}

/** Reviewed line by line. Whatever differs and is not here is a defect of the embedded broker; a line that explains nothing has to go. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    what: 'Where Kafka runs into an exception and never answers (a Produce with null records, one resource twice in an AlterConfigs), the request is refused: INVALID_RECORD, INVALID_REQUEST.',
    reason: 'A test that waits for nothing until its client times out says less than an error.',
    at: /^(Produce \d+, null records|AlterConfigs 1, twice)$/,
    path: /^$/,
  },
  {
    what: 'ApiVersions names no features.',
    reason:
      'Kafka’s stand for protocols that are not offered: transactions of version 2, the consumer groups of KIP-848, share groups. Clients that find none use what is offered.',
    at: /^ApiVersions 3/,
    path: /^(supportedFeatures|finalizedFeatures)/,
  },
  {
    what: 'Fetch sessions are not kept: the session id is always 0.',
    reason:
      'A client that is answered with 0 names all partitions each time, which Kafka allows any broker to ask for (KIP-227).',
    at: /^Fetch 11, begun$/,
    path: /^sessionId$/,
  },
  {
    what: 'Compressed records are not opened by Produce unless the topic gives a reason to, so bytes that are not of the compression they claim are stored.',
    reason: 'It would cost more than everything else that a Produce does, and no client sends such bytes.',
    at: /^Produce 8, gzip that is none$/,
    path: /errorCode$|baseOffset$/,
  },
  {
    what: 'Configs of the broker are read-only, where Kafka lets some be changed while it runs.',
    reason:
      'They are options of `startBroker`; a test that needs another value starts another broker within milliseconds.',
    script: /^configs of the broker$/,
    at: /^DescribeConfigs/,
    path: /readOnly$/,
  },
  {
    what: 'Two names that differ only in dots and underscores collide also where one CreateTopics asks for both.',
    reason: 'Kafka overlooks it there and refuses it in two requests.',
    at: /^CreateTopics 4, both at once$/,
    path: /^topics\[1\]/,
  },
  {
    what: 'A transaction takes the offsets of the groups that were added to it. In Kafka a group comes with all others of its partition of the offsets topic.',
    reason:
      'A client that forgets AddOffsetsToTxn is caught each time, not only where its groups are in different ones of the 50 partitions.',
    script: /^offsets of a group that was never added$/,
    at: /^(TxnOffsetCommit 3|OffsetFetch 5)$/,
    path: /errorCode$|committedOffset$/,
  },
]
