import type { ProtocolExchange, RegistryEntry } from '../wire/kafkajs-internals.js'
import {
  type OffsetFetchAnswer,
  type OffsetFetchQuestion,
  OFFSET_FETCH_VERSION,
  offsetFetchRequest,
} from '../wire/offset-fetch-request.js'
import { readList, readNumber, readText } from './read-answer.js'

/** An entry of kafkajs's registry whose requests kafkajs encodes itself. */
export interface KafkajsEntry {
  readonly versions: readonly string[]
  readonly protocol: (choice: { readonly version: number }) => (parameters: object) => ProtocolExchange
}

/** The last one that kafkajs has; 5 and 6 lack stable offsets as well. */
const THEIR_VERSION = 4

/**
 * OffsetFetch as the broker speaks it: version 7 is ours and asks for stable offsets; an older broker knows none, and answers
 * kafkajs's version with the offset before a pending transaction. Question and answer are the same for both.
 */
export const offsetFetchEntry = (kafkajs: KafkajsEntry): RegistryEntry => ({
  versions: [...kafkajs.versions, String(OFFSET_FETCH_VERSION)],
  protocol: ({ version }) =>
    version >= OFFSET_FETCH_VERSION
      ? ours
      : (question: OffsetFetchQuestion) => theirs(kafkajs, Math.min(version, THEIR_VERSION), question),
})

function ours(question: OffsetFetchQuestion): ProtocolExchange {
  const { apiKey, apiName, encode, decode } = offsetFetchRequest(question)
  const bytes = encode()
  return {
    request: { apiKey, apiName, apiVersion: OFFSET_FETCH_VERSION, encode: async () => ({ buf: bytes, buffer: bytes }) },
    response: { decode: async (payload) => decode(payload), parse: async (decoded: unknown) => decoded },
  }
}

function theirs(kafkajs: KafkajsEntry, version: number, { group, partitions }: OffsetFetchQuestion): ProtocolExchange {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, those]) => ({
    topic,
    partitions: those.map(({ partition }) => ({ partition })),
  }))
  const exchange = kafkajs.protocol({ version })({ groupId: group, topics })
  return {
    ...exchange,
    response: {
      decode: async (payload) => translate(await exchange.response.decode(payload), version),
      parse: async (decoded: unknown) => decoded,
    },
  }
}

/** Before version 2 an error of the group stands in every partition, and nowhere else. */
const translate = (answer: unknown, version: number): OffsetFetchAnswer => ({
  errorCode: version < 2 ? 0 : readNumber(answer, 'errorCode'),
  partitions: readList(answer, 'responses').flatMap((one) => {
    const topic = readText(one, 'topic')
    return readList(one, 'partitions').map((found) => ({
      topic,
      partition: readNumber(found, 'partition'),
      errorCode: readNumber(found, 'errorCode'),
      offset: BigInt(readText(found, 'offset')),
    }))
  }),
})
