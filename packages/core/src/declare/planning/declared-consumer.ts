import type { Problem } from '../../error-entry.js'
import type { ConsumerClass } from '../consumer-class.js'
import { declarationsOf, type HandlerDeclaration, type MethodDeclaration } from '../declarations.js'
import type { ConsumerDefinition, HandlerDefinition, TransformDefinition } from '../define-consumer.js'
import type { ConsumerOptions } from '../handle-options.js'
import type { HandlerTarget } from '../plan.js'

/** A class or a definition, read into one shape. Nothing is checked yet but what makes the reading possible. */
export interface DeclaredConsumer {
  /** The class as users know it; undefined for a definition, which has no name. */
  readonly name: string | undefined
  readonly options: ConsumerOptions
  readonly handlers: readonly DeclaredHandler[]
}

export type DeclaredHandler = HandlerDeclaration & {
  /** `BillingHandlers.placed`; undefined where the plan names it after group and topic. */
  readonly name: string | undefined
  readonly target: HandlerTarget
  readonly problem?: Omit<Problem, 'where'>
}

export interface Read {
  readonly consumer?: DeclaredConsumer
  readonly problems: readonly Problem[]
}

/** Reads one entry of `consumers`, whatever it is. */
export function readConsumer(entry: unknown, index: number): Read {
  if (typeof entry === 'function') return readClass(entry as ConsumerClass) // a function without declarations is reported there
  if (isDefinition(entry)) return readDefinition(entry, index)
  const problem = entry === undefined ? 'is undefined' : 'is neither a class nor a definition'
  const fix = 'pass classes with @Consumer or what defineConsumer returns; undefined often is a circular import'
  return { problems: [{ where: placeOf(index), problem, fix }] }
}

const placeOf = (index: number): string => `consumers[${index}]`

const isDefinition = (entry: unknown): entry is ConsumerDefinition =>
  typeof entry === 'object' && entry !== null && 'handlers' in entry && Array.isArray(entry.handlers)

function readClass(entry: ConsumerClass): Read {
  const { consumer: options, methods } = declarationsOf(entry)
  const name = entry.name || 'a class without a name'
  const problems: Problem[] = []
  if (options === undefined) {
    const fix = "annotate it with @Consumer({ group: '...' }), or take it out of consumers"
    problems.push({ where: name, problem: 'the class has no @Consumer', fix })
  }
  if (methods.length === 0) {
    const fix =
      'annotate a method with @Handle(topic, { ... }) or @Transform(topic, { to, ... }), or take the class out of consumers'
    problems.push({ where: name, problem: 'no method of the class has @Handle or @Transform', fix })
  }
  if (options === undefined) return { problems }
  return { problems, consumer: { name, options, handlers: methods.map((one) => methodHandler(entry, name, one)) } }
}

function methodHandler(consumer: ConsumerClass, className: string, declared: MethodDeclaration): DeclaredHandler {
  const { method, misplaced, ...declaration } = declared
  const found = misplaced ?? (isMethod(consumer.prototype, method) ? undefined : 'something that is not a method')
  const target: HandlerTarget = { kind: 'method', consumer, method }
  const fix = 'put it on a public method of the class'
  const problem = found === undefined ? {} : { problem: { problem: `@${declared.kind} stands on ${found}`, fix } }
  return { ...declaration, name: `${className}.${nameOf(method)}`, target, ...problem }
}

const nameOf = (method: string | symbol): string =>
  typeof method === 'string' ? method : (method.description ?? 'symbol')

/** Looks without calling a getter. */
function isMethod(prototype: unknown, method: string | symbol): boolean {
  for (let at = prototype; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, method)
    if (property !== undefined) return typeof property.value === 'function'
  }
  return false
}

function readDefinition(definition: ConsumerDefinition, index: number): Read {
  const { handlers, ...options } = definition
  const problems: Problem[] = []
  if (handlers.length === 0) {
    problems.push({
      where: placeOf(index),
      problem: 'has no handlers',
      fix: 'add handle(topic, { ... }, fn) or transform(topic, { to, ... }, fn), or take it out',
    })
  }
  return { problems, consumer: { name: undefined, options, handlers: handlers.map(functionHandler) } }
}

function functionHandler(definition: HandlerDefinition | TransformDefinition): DeclaredHandler {
  const { handle } = definition
  const made = definition.kind === 'Transform' ? 'transform(topic, { to, ... }' : 'handle(topic, { ... }'
  const problem = { problem: 'has no handler function', fix: `pass it: ${made}, (message, ctx) => ...)` }
  const target: HandlerTarget = { kind: 'function', handle }
  const { name, ...declaration } = declarationOf(definition)
  return { ...declaration, name, target, ...(typeof handle === 'function' ? {} : { problem }) }
}

/** Without the name, which is not an option of methods. */
function declarationOf(definition: HandlerDefinition | TransformDefinition) {
  const { topic } = definition
  if (definition.kind === 'Transform') {
    const { name, ...options } = definition.options
    return { kind: 'Transform', topic, name, options } as const
  }
  const { name, ...options } = definition.options
  return { kind: 'Handle', topic, name, options } as const
}
