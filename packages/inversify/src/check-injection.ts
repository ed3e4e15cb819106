import 'reflect-metadata/lite'
import { type ConsumerClass, fail, type MillraceError } from '@millrace/core'
import { Container } from 'inversify'
import { newable } from './newable.js'

/** Where inversify keeps what `@inject` and `@injectable` say about a class. Read for the index only: finding the fault is left to inversify. */
const classMetadataKey = '@inversifyjs/core/classMetadataReflectKey'
const emittedTypesKey = 'design:paramtypes'

interface Fault {
  readonly index: number
  readonly likely: string
  readonly fix: string
}

/**
 * Checks that inversify knows what to pass to each constructor parameter of a class.
 * @throws MillraceError `MILLRACE_INJECT_METADATA_MISSING` with class, parameter index, likely cause and the one-line fix
 */
export function checkInjection(consumer: ConsumerClass): void {
  const known = injectedTokens(consumer)
  const ofBase = inheritedParameters(consumer)
  if (ofBase !== undefined && known.length === 0) {
    const fix = `write @injectFromBase() in front of class ${consumer.name}`
    throw missing(consumer, {
      index: 0,
      likely: `its constructor is the one of ${ofBase}, whose @inject is not inherited`,
      fix,
    })
  }
  const circular = known.findIndex((element) => element !== undefined && tokenOf(element) === undefined)
  if (circular >= 0) throw missing(consumer, undefinedToken(circular))
  try {
    // `to` reads the metadata of the class and refuses it when a parameter is left open.
    new Container().bind(newable(consumer)).toSelf()
  } catch (cause) {
    throw missing(consumer, diagnose(consumer, known), cause)
  }
}

function diagnose(consumer: ConsumerClass, known: readonly unknown[]): Fault {
  const open = Array.from({ length: Math.max(consumer.length, known.length) }, (_, at) => at)
  const index = open.find((at) => known[at] === undefined) ?? 0
  const emitted: unknown = Reflect.getOwnMetadata(emittedTypesKey, consumer)
  const fix = `write @inject(TheClass) in front of parameter ${index} of ${consumer.name}, and import TheClass without "type"`
  if (!Array.isArray(emitted)) {
    const likely =
      'the compiler emitted no types (tsx, esbuild, vitest and emitDecoratorMetadata: false do that), so @inject has to name the token'
    return { index, likely, fix }
  }
  if (emitted[index] === undefined) return undefinedToken(index)
  const likely = `its type is an interface or came in by "import type", so only ${nameOf(emitted[index])} was emitted`
  return { index, likely, fix }
}

const undefinedToken = (index: number): Fault => ({
  index,
  likely: 'its token was undefined when the class was declared: two files import each other',
  fix: 'break the circle, or write @inject(new LazyServiceIdentifier(() => TheClass))',
})

const missing = ({ name }: ConsumerClass, { index, likely, fix }: Fault, cause?: unknown): MillraceError =>
  fail(
    'MILLRACE_INJECT_METADATA_MISSING',
    { className: name, index, likely, fix },
    cause === undefined ? {} : { cause },
  )

function injectedTokens(consumer: ConsumerClass): readonly unknown[] {
  const metadata: unknown = Reflect.getOwnMetadata(classMetadataKey, consumer)
  const found: unknown = isObject(metadata) ? metadata['constructorArguments'] : undefined
  return Array.isArray(found) ? Array.from(found) : []
}

/** Undefined where `@inject` got undefined; parameters marked `@unmanaged` have no token and need none. */
const tokenOf = (element: unknown): unknown => (isObject(element) && 'value' in element ? element['value'] : element)

/** The base class whose constructor a class without its own one inherits, where that takes arguments. */
function inheritedParameters(consumer: ConsumerClass): string | undefined {
  const base: unknown = Object.getPrototypeOf(consumer)
  const isInherited = consumer.length === 0 && !/\bconstructor\b/.test(Function.prototype.toString.call(consumer))
  return isInherited && typeof base === 'function' && base.length > 0 ? base.name : undefined
}

const nameOf = (type: unknown): string => (typeof type === 'function' ? type.name : String(type))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
