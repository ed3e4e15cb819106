import type { Type } from 'avsc'
import { referencedTexts, type SchemaDefinition } from '../serde/schema-definition.js'
import type { Read, SchemaCodec, SchemaSource } from '../serde/schema-codec.js'
import { frameBytes, writeFrame } from '../wire/frame.js'
import { boundedTypes } from './bounded-types.js'
import { StrictTap } from './strict-tap.js'

type Avsc = typeof import('avsc')

/** Parses an Avro schema and makes its codec. avsc is loaded here, at the first use. */
export async function openAvro(definition: SchemaDefinition): Promise<SchemaCodec<unknown, unknown>> {
  const { default: avsc } = await import('avsc')
  const ours = parse(avsc, { text: definition.text, referenced: referencedTexts(definition) })
  return {
    recordName: ours.name,
    encode: createEncode(ours),
    readerOf: (writer) => createRead(ours, parse(avsc, writer)),
  }
}

function parse(avsc: Avsc, { text, referenced }: SchemaSource): Type {
  const options = { registry: {}, typeHook: boundedTypes(avsc) as never }
  for (const reference of referenced) avsc.Type.forSchema(JSON.parse(reference.text), options)
  return avsc.Type.forSchema(JSON.parse(text), options)
}

/** How avsc's types and resolvers read; its declarations leave it out. */
interface Reads {
  _read(tap: StrictTap): unknown
}

/** Values of the writer's type come out in the shape of ours: its defaults, aliases, promotions and branches. */
function createRead(ours: Type, writer: Type): Read<unknown> {
  const source = (ours.equals(writer) ? ours : ours.createResolver(writer)) as unknown as Reads
  return (bytes) => {
    const tap = new StrictTap(bytes, frameBytes)
    const value = source._read(tap)
    if (tap.pos === bytes.length) return value
    throw new Error(`${bytes.length - tap.pos} bytes follow its payload`)
  }
}

const scratchBytes = 16 * 1024

function createEncode(ours: Type): (value: unknown, id: number) => Buffer {
  // Shared by all values of this schema: encoding is synchronous, and what is handed out is a copy.
  const scratch = Buffer.allocUnsafeSlow(scratchBytes)
  return (value, id) => {
    const end = written(ours, value, scratch)
    if (end >= 0) {
      writeFrame(scratch, id)
      return Buffer.from(scratch.subarray(0, end))
    }
    const whole = Buffer.allocUnsafe(scratchBytes - end)
    ours.encode(value, whole, frameBytes)
    writeFrame(whole, id)
    return whole
  }
}

function written(ours: Type, value: unknown, scratch: Buffer): number {
  try {
    return ours.encode(value, scratch, frameBytes)
  } catch {
    throw new Error(whatIsWrong(ours, value)) // avsc's own message quotes the value, which has no place in logs
  }
}

const maxFaults = 5

/** Paths and expected types, never values. */
function whatIsWrong(ours: Type, value: unknown): string {
  const faults: string[] = []
  const errorHook = (path: string[], _value: unknown, type: Type): void => {
    if (faults.length < maxFaults) faults.push(`${path.join('.') || 'the value'} is not of type ${nameOf(type)}`)
  }
  ours.isValid(value, { errorHook })
  return faults.length === 0 ? 'it does not match the schema' : faults.join('; ')
}

const nameOf = (type: Type): string => type.name ?? type.typeName.replace(/^.*:/, '')
