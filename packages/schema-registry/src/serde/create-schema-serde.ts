import { fail, isMillraceError, type MillraceError, type SerdeContext, type SerdeUse } from '@millrace/core'
import { faultOf, idOf } from '../wire/frame.js'
import { type Binding, createBindings } from './bindings.js'
import { prepareReading } from './prepare-reading.js'
import { createReaders } from './readers.js'
import { idToWriteWith } from './registration.js'
import type { Read, SchemaCodec, SchemaFormat } from './schema-codec.js'
import type { SchemaSerde, SchemaSerdeOptions } from './schema-serde.js'
import { subjectName } from './subject-name.js'

/**
 * The life of a serde: nothing is loaded or asked when it is made. `prepare` binds each part of each topic to a registry, parses the
 * schema and finds the id to write with. From then on values of known schemas are read and written synchronously; the first value of
 * an unknown schema waits for the registry. Used without `prepare`, it binds itself by the environment of the process.
 */
export function createSchemaSerde<Out, In>(
  format: SchemaFormat<Out, In>,
  options: SchemaSerdeOptions,
): SchemaSerde<Out, In> {
  const { name, definition } = format
  const codec = createLazyCodec(format)
  const bindings = createBindings(options, (registry) => createReaders(format, registry, codec.open))

  const subjectOf = async (context: SerdeContext): Promise<string> =>
    subjectName(options.subject ?? 'topic', context, (await codec.open()).recordName)

  async function findId(binding: Binding<Out>, context: SerdeContext, signal?: AbortSignal): Promise<number> {
    const { registry, mode } = binding
    const registration = { registry, definition, subject: await subjectOf(context), context, signal }
    binding.id = await idToWriteWith(registration, mode)
    return binding.id
  }

  async function decodeLater(bytes: Buffer, id: number, context: SerdeContext): Promise<Out> {
    const read = await bindings.of(context).readers.open(id)
    if (read === undefined) throw unreadable(name, context, `the registry knows no schema of id ${id}`)
    return decoded(read, bytes, context, name)
  }

  async function encodeLater(value: In, context: SerdeContext): Promise<Buffer> {
    const binding = bindings.of(context)
    binding.finding ??= findId(binding, context).finally(() => {
      binding.finding = undefined
    })
    const id = await binding.finding
    return encoded(await codec.open(), value, id, context)
  }

  return Object.freeze({
    ...{ name, definition, subjectOf },
    decode(bytes: Buffer, context: SerdeContext): Out | Promise<Out> {
      const id = idOf(bytes)
      if (id < 0) throw unreadable(name, context, faultOf(bytes))
      const read = bindings.of(context).readers.known(id)
      return read === undefined ? decodeLater(bytes, id, context) : decoded(read, bytes, context, name)
    },
    encode(value: In, context: SerdeContext): Buffer | Promise<Buffer> {
      const { id } = bindings.of(context)
      const made = codec.made()
      return id === undefined || made === undefined ? encodeLater(value, context) : encoded(made, value, id, context)
    },
    async prepare(use: SerdeUse): Promise<void> {
      const { topic, part, direction, env, signal } = use
      const context = { topic, part }
      const binding = bindings.bind(context, env)
      const made = await codec.open()
      if (direction !== 'read') await findId(binding, context, signal)
      if (direction !== 'write') await prepareReading(made, binding.registry, await subjectOf(context), use)
    },
  })
}

/** Opens the codec of a format once, at the first use. */
function createLazyCodec<Out, In>(format: SchemaFormat<Out, In>) {
  let made: SchemaCodec<Out, In> | undefined
  let opening: Promise<SchemaCodec<Out, In>> | undefined
  return {
    made: () => made,
    open: (): Promise<SchemaCodec<Out, In>> => (opening ??= opened(format).then((codec) => (made = codec))),
  }
}

/** @throws MillraceError `MILLRACE_SCHEMA_INVALID` where the schema is none */
async function opened<Out, In>(format: SchemaFormat<Out, In>): Promise<SchemaCodec<Out, In>> {
  try {
    return await format.open()
  } catch (cause) {
    if (isMillraceError(cause)) throw cause
    const problem = cause instanceof Error ? cause.message : 'it can not be parsed'
    const fix = 'correct the schema'
    throw fail(
      'MILLRACE_SCHEMA_INVALID',
      { problems: [{ where: `a schema of ${format.name}`, problem, fix }] },
      { cause },
    )
  }
}

function encoded<In>(codec: SchemaCodec<unknown, In>, value: In, id: number, context: SerdeContext): Buffer {
  try {
    return codec.encode(value, id)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it does not match the schema'
    throw fail('MILLRACE_ENCODE_FAILED', { ...context, reason }, { cause })
  }
}

const unreadable = (serde: string, { topic, part }: SerdeContext, reason: string, cause?: unknown): MillraceError =>
  fail('MILLRACE_DECODE_FAILED', { topic, part, serde, reason }, cause === undefined ? undefined : { cause })

function decoded<Out>(read: Read<Out>, bytes: Buffer, context: SerdeContext, name: string): Out {
  try {
    return read(bytes, context)
  } catch (thrown) {
    if (isMillraceError(thrown)) throw thrown
    const reason = thrown instanceof Error ? thrown.message : 'its payload can not be read'
    throw unreadable(name, context, reason, thrown)
  }
}
