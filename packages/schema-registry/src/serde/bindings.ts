import type { SerdeContext } from '@millrace/core'
import { type Env, registryFromEnv } from '../registry/registry-from-env.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'
import type { Readers } from './readers.js'
import { registerModeOf } from './register-mode.js'
import type { RegisterMode, SchemaSerdeOptions } from './schema-serde.js'

/** One part of one topic on one registry. */
export interface Binding<Out> {
  readonly registry: SchemaRegistry
  readonly mode: RegisterMode
  readonly readers: Readers<Out>
  /** The id to write with, once it is known. */
  id: number | undefined
  /** The look-up under way. */
  finding: Promise<number> | undefined
}

export interface Bindings<Out> {
  /** Binds a part of a topic to the registry of an environment, again where that is another one. */
  bind(context: SerdeContext, env: Env): Binding<Out>
  /** The binding of a part; one that was never prepared is bound by the environment of the process. */
  of(context: SerdeContext): Binding<Out>
}

/** The registries that one serde works with. Parts of several topics share what was read from the same registry. */
export function createBindings<Out>(
  options: SchemaSerdeOptions,
  readersOn: (registry: SchemaRegistry) => Readers<Out>,
): Bindings<Out> {
  const bindings = new Map<string, Binding<Out>>()
  const readersOf = new Map<SchemaRegistry, Readers<Out>>()
  // Contexts are one object per part of a topic, so the last one nearly always fits.
  let lastContext: SerdeContext | undefined
  let last: Binding<Out> | undefined

  function bind(context: SerdeContext, env: Env): Binding<Out> {
    const registry = options.registry ?? registryFromEnv(env)
    const key = keyOf(context)
    const known = bindings.get(key)
    if (known?.registry === registry) return known
    const readers = readersOf.get(registry) ?? readersOn(registry)
    readersOf.set(registry, readers)
    const mode = registerModeOf(env, options.register)
    const binding: Binding<Out> = { registry, mode, readers, id: undefined, finding: undefined }
    bindings.set(key, binding)
    lastContext = undefined
    return binding
  }

  return {
    bind,
    of(context) {
      if (context === lastContext && last !== undefined) return last
      last = bindings.get(keyOf(context)) ?? bind(context, process.env)
      lastContext = context
      return last
    },
  }
}

const keyOf = ({ topic, part }: SerdeContext): string => `${part} ${topic}`
