import type { ConsumerClass } from './consumer-class.js'
import type { ConsumerOptions, HandleOptions } from './handle-options.js'
import { metadataSymbol } from './metadata-symbol.js'
import type { AnyTopic } from './topic.js'
import type { TransformOptions } from './transform-options.js'

/** What was said about a handler, above a method or in `defineConsumer`. */
export type HandlerDeclaration =
  | { readonly kind: 'Handle'; readonly topic: AnyTopic; readonly options: HandleOptions }
  | { readonly kind: 'Transform'; readonly topic: AnyTopic; readonly options: TransformOptions }

/** One `@Handle` or `@Transform` as it was written. */
export type MethodDeclaration = HandlerDeclaration & {
  readonly method: string | symbol
  /** Set where the decorator stands on something that can't be a handler. */
  readonly misplaced?: string
}

export interface ClassDeclaration {
  consumer?: ConsumerOptions
  readonly methods: MethodDeclaration[]
}

type Declarations = WeakMap<object, ClassDeclaration>

/** On the global object, so that two copies of this package in one process share it. Its number changes with its shape. */
const registryKey = Symbol.for('@millrace/core/declarations/2')

function declarations(): Declarations {
  const existing: unknown = Reflect.get(globalThis, registryKey)
  if (existing instanceof WeakMap) return existing as Declarations // the key belongs to us, and the number to this shape
  const created: Declarations = new WeakMap()
  Object.defineProperty(globalThis, registryKey, { value: created })
  return created
}

/** What was declared on a class or, in TC39 mode before the class exists, on its metadata object. */
export function declarationOn(owner: object): ClassDeclaration {
  const all = declarations()
  const found = all.get(owner) ?? { methods: [] }
  all.set(owner, found)
  return found
}

/** All that a class declares, inherited declarations included: of a method that two classes annotate, the derived one's count. */
export function declarationsOf(consumer: ConsumerClass): ClassDeclaration {
  const byMethod = new Map<string | symbol, MethodDeclaration[]>()
  let options: ConsumerOptions | undefined
  for (const level of classChain(consumer)) {
    const own = [level, ownMetadata(level)].flatMap((owner) => (owner && declarations().get(owner)) ?? [])
    for (const method of new Set(own.flatMap(({ methods }) => methods.map((one) => one.method)))) {
      byMethod.set(
        method,
        own.flatMap(({ methods }) => methods.filter((one) => one.method === method)),
      )
    }
    options = own.findLast((one) => one.consumer !== undefined)?.consumer ?? options
  }
  return { methods: [...byMethod.values()].flat(), ...(options === undefined ? {} : { consumer: options }) }
}

/** Base class first. */
function classChain(consumer: ConsumerClass): object[] {
  const chain: object[] = []
  for (let at: object | null = consumer; at !== null && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    chain.unshift(at)
  }
  return chain
}

/** Own only: the metadata of a base class is inherited through the prototype and has its own turn. */
function ownMetadata(level: object): object | undefined {
  const found: unknown = Object.getOwnPropertyDescriptor(level, metadataSymbol)?.value
  return typeof found === 'object' && found !== null ? found : undefined
}
