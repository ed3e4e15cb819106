import { createLru } from '../registry/lru.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'
import type { Read, SchemaCodec, SchemaFormat } from './schema-codec.js'

/** How the values of each writer's schema are read, by its id. */
export interface Readers<Out> {
  /** Undefined where it has to be opened first. */
  known(id: number): Read<Out> | undefined
  /** Undefined where the registry knows no such id. A schema that can't be read as ours gives a reader that says so each time. */
  open(id: number): Promise<Read<Out> | undefined>
}

const maxReaders = 1000

export function createReaders<Out>(
  format: SchemaFormat<Out, never>,
  registry: SchemaRegistry,
  codec: () => Promise<SchemaCodec<Out, never>>,
): Readers<Out> {
  const readers = createLru<number, Read<Out>>(maxReaders)
  // A topic has one writer's schema most of the time.
  let lastId = -1
  let last: Read<Out> | undefined

  return {
    known(id) {
      if (id === lastId) return last
      const read = readers.get(id)
      if (read === undefined) return undefined
      lastId = id
      last = read
      return read
    },
    async open(id) {
      const [writer, made] = await Promise.all([registry.schemaOf(id), codec()])
      if (writer === undefined) return undefined
      const read =
        writer.type === format.definition.type
          ? attempted(() => made.readerOf(writer), id)
          : refuses(`schema ${id} is of type ${writer.type}`)
      readers.set(id, read)
      return read
    },
  }
}

function attempted<Out>(make: () => Read<Out>, id: number): Read<Out> {
  try {
    return make()
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'it can not be parsed'
    return refuses(`schema ${id} can not be read as the schema of this topic definition: ${reason}`, thrown)
  }
}

const refuses =
  (reason: string, cause?: unknown): (() => never) =>
  () => {
    throw new Error(reason, { cause })
  }
