import { referencedTexts, type SchemaDefinition } from '../serde/schema-definition.js'
import type { Read, SchemaCodec } from '../serde/schema-codec.js'
import { frameBytes, writeFrame } from '../wire/frame.js'
import { readMessageIndexes, writeMessageIndexes } from '../wire/message-indexes.js'
import { misfit } from './misfit.js'
import { type FileMessage, type ParsedProtobuf, parseProtobuf } from './parse-protobuf.js'

/** The mapping of Protobuf to JavaScript: enums by name, 64-bit integers as text (none is lost), bytes as Buffers, empty fields filled in. */
const shape = {
  enums: String,
  longs: String,
  bytes: Buffer,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: false,
}

/** Parses a Protobuf schema and makes the codec of one of its messages. */
export async function openProtobuf(
  definition: SchemaDefinition,
  messageName: string | undefined,
): Promise<SchemaCodec<unknown, unknown>> {
  const { default: protobufjs } = await import('protobufjs')
  const parsed = parseProtobuf(protobufjs, { text: definition.text, referenced: referencedTexts(definition) })
  const { type, path, fullName } = chosen(parsed, messageName)
  const indexes = writeMessageIndexes(path)

  return {
    recordName: fullName,
    encode(value, id) {
      const payload = type.encode(messageOf(type, value)).finish()
      const bytes = Buffer.allocUnsafe(frameBytes + indexes.length + payload.length)
      writeFrame(bytes, id)
      indexes.copy(bytes, frameBytes)
      bytes.set(payload, frameBytes + indexes.length)
      return bytes
    },
    readerOf: (writer) => createRead(parseProtobuf(protobufjs, writer), { type, fullName }),
  }
}

function chosen({ messages }: ParsedProtobuf, name: string | undefined): FileMessage {
  const [first] = messages
  if (first === undefined) throw new Error('it declares no message')
  if (name === undefined) return first
  const found =
    messages.find(({ fullName }) => fullName === name) ?? messages.find(({ fullName }) => fullName.endsWith(`.${name}`))
  if (found !== undefined) return found
  throw new Error(`it declares no message "${name}", but ${messages.map(({ fullName }) => fullName).join(', ')}`)
}

function messageOf(type: FileMessage['type'], value: unknown) {
  const wrong = misfit(type, value)
  if (wrong !== undefined) throw new Error(wrong)
  return type.fromObject(value as Record<string, unknown>) // just looked at
}

/** The writer's schema says which message it is; its fields are read by ours, as Protobuf means it: unknown ones are skipped. */
function createRead(writer: ParsedProtobuf, ours: Pick<FileMessage, 'type' | 'fullName'>): Read<unknown> {
  return (bytes) => {
    const indexes = readMessageIndexes(bytes, frameBytes)
    if (indexes === undefined) throw new Error('the list that says which message it holds is missing or malformed')
    const path = indexes.path.join('.')
    const message = writer.messages.find((one) => one.path.join('.') === path)
    if (message === undefined) throw new Error(`its schema has no message at [${indexes.path.join(', ')}]`)
    if (message.fullName !== ours.fullName) throw new Error(`it holds ${message.fullName}, not ${ours.fullName}`)
    return ours.type.toObject(ours.type.decode(bytes.subarray(indexes.end)), shape)
  }
}
