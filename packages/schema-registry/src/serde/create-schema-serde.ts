import { fail, isMillraceError, type MillraceError, type SerdeContext, type SerdeUse } from '@millrace/core'
import { type Env, registryFromEnv } from '../registry/registry-from-env.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'
import { faultOf, idOf } from '../wire/frame.js'
import { prepareReading } from './prepare-reading.js'
import { createReaders, type Readers } from './readers.js'
import { idToWriteWith } from './registration.js'
import type { Read, SchemaCodec, SchemaFormat } from './schema-codec.js'
import type { RegisterMode, SchemaSerde, SchemaSerdeOptions } from './schema-serde.js'
import { registerModeOf } from './register-mode.js'
import { subjectName } from './subject-name.js'

/** One part of one topic on one registry. */
interface Binding<Out> {
  readonly registry: SchemaRegistry
  readonly mode: RegisterMode
  readonly readers: Readers<Out>
  /** The id to write with, once it is known. */
  id: number | undefined
  /** The look-up under way. */
  finding: Promise<number> | undefined
}

/**
 * The life of a serde: nothing is loaded or asked when it is made. `prepare` binds each part of each topic to a registry, parses the
 * schema and finds the id to write with. From then on values of known schemas are read and written synchronously; the first value of
 * an unknown schema waits for the registry. Used without `prepare`, it binds itself by the environment of the process.
 */
export function createSchemaSerde<Out, In>(
  format: SchemaFormat<Out, In>,
  options: SchemaSerdeOptions,
): SchemaSerde<Out, In> {
  const bindings = new Map<string, Binding<Out>>()
  const readersOf = new Map<SchemaRegistry, Readers<Out>>()
  // Contexts are one object per part of a topic, so the last one nearly always fits.
  let lastContext: SerdeContext | undefined
  let lastBinding: Binding<Out> | undefined
  let codec: SchemaCodec<Out, In> | undefined
  let opening: Promise<SchemaCodec<Out, In>> | undefined

  const open = (): Promise<SchemaCodec<Out, In>> =>
    (opening ??= opened(format).then((made) => {
      codec = made
      return made
    }))

  function bind(context: SerdeContext, env: Env): Binding<Out> {
    const registry = options.registry ?? registryFromEnv(env)
    const key = `${context.part} ${context.topic}`
    const known = bindings.get(key)
    if (known?.registry === registry) return known
    const readers = readersOf.get(registry) ?? createReaders(format, registry, open)
    readersOf.set(registry, readers)
    const mode = registerModeOf(env, options.register)
    const binding: Binding<Out> = { registry, mode, readers, id: undefined, finding: undefined }
    bindings.set(key, binding)
    lastContext = undefined
    return binding
  }

  function bindingOf(context: SerdeContext): Binding<Out> {
    if (context === lastContext && lastBinding !== undefined) return lastBinding
    const binding = bindings.get(`${context.part} ${context.topic}`) ?? bind(context, process.env)
    lastContext = context
    lastBinding = binding
    return binding
  }

  const subjectOf = async (context: SerdeContext): Promise<string> =>
    subjectName(options.subject ?? 'topic', context, (await open()).recordName)

  async function findId(binding: Binding<Out>, context: SerdeContext, signal?: AbortSignal): Promise<number> {
    const { registry, mode } = binding
    const registration = { registry, definition: format.definition, subject: await subjectOf(context), context, signal }
    binding.id = await idToWriteWith(registration, mode)
    return binding.id
  }

  async function decodeLater(bytes: Buffer, id: number, context: SerdeContext): Promise<Out> {
    const { readers } = bindingOf(context)
    const read = await readers.open(id)
    if (read === undefined) throw unreadable(format, context, `the registry knows no schema of id ${id}`)
    return apply(read, bytes, context)
  }

  async function encodeLater(value: In, context: SerdeContext): Promise<Buffer> {
    const binding = bindingOf(context)
    const made = await open()
    binding.finding ??= findId(binding, context).finally(() => {
      binding.finding = undefined
    })
    return encoded(made, value, await binding.finding, context)
  }

  function apply(read: Read<Out>, bytes: Buffer, context: SerdeContext): Out {
    try {
      return read(bytes, context)
    } catch (thrown) {
      if (isMillraceError(thrown)) throw thrown
      const reason = thrown instanceof Error ? thrown.message : 'its payload can not be read'
      throw unreadable(format, context, reason, thrown)
    }
  }

  return Object.freeze({
    name: format.name,
    definition: format.definition,
    subjectOf,
    decode(bytes: Buffer, context: SerdeContext): Out | Promise<Out> {
      const id = idOf(bytes)
      if (id < 0) throw unreadable(format, context, faultOf(bytes))
      const read = bindingOf(context).readers.known(id)
      return read === undefined ? decodeLater(bytes, id, context) : apply(read, bytes, context)
    },
    encode(value: In, context: SerdeContext): Buffer | Promise<Buffer> {
      const { id } = bindingOf(context)
      return id === undefined || codec === undefined ? encodeLater(value, context) : encoded(codec, value, id, context)
    },
    async prepare(use: SerdeUse): Promise<void> {
      const { topic, part, direction, env, signal } = use
      const context = { topic, part }
      const binding = bind(context, env)
      const made = await open()
      if (direction !== 'read') await findId(binding, context, signal)
      if (direction !== 'write') await prepareReading(made, binding.registry, await subjectOf(context), use)
    },
  })
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

const unreadable = (
  { name }: { readonly name: string },
  { topic, part }: SerdeContext,
  reason: string,
  cause?: unknown,
): MillraceError =>
  fail('MILLRACE_DECODE_FAILED', { topic, part, serde: name, reason }, cause === undefined ? undefined : { cause })
