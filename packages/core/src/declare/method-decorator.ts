import { fail } from '../millrace-error.js'
import { declarationOn, type HandlerDeclaration } from './declarations.js'

/** One decorator for both modes: the compiler picks the signature that its mode calls. */
export interface MethodDecorator<Message, Context, Result> {
  /** TC39 decorators. */
  <This, Method extends (message: Message, context: Context) => Result>(
    method: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): void
  /** Legacy decorators (`experimentalDecorators`). */
  <Method extends (message: Message, context: Context) => Result>(
    prototype: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
}

/** What a TC39 context tells that matters here. */
interface MethodContext {
  readonly kind: string
  readonly name: string | symbol
  readonly static: boolean
  readonly private: boolean
  /** Undefined where a compiler implements an older draft. */
  readonly metadata: object | undefined
}

/** Notes on its class what stands above a method: what `@Handle` and `@Transform` do in both decorator modes. */
export const declareMethod =
  (declared: HandlerDeclaration) =>
  (target: object, where: string | symbol | MethodContext): void => {
    const method = typeof where === 'object' ? where.name : where
    const misplaced = typeof where === 'object' ? misplacedInTc39(where) : misplacedInLegacy(target)
    const owner = typeof where === 'object' ? metadataOf(where, declared.kind) : ownerOf(target)
    declarationOn(owner).methods.push({ ...declared, method, ...(misplaced === undefined ? {} : { misplaced }) })
  }

/** Legacy decorators get the prototype, or the class itself for a static method. */
const ownerOf = (target: object): object => (typeof target === 'function' ? target : target.constructor)

const misplacedInLegacy = (target: object): string | undefined =>
  typeof target === 'function' ? 'a static method' : undefined

function misplacedInTc39(context: MethodContext): string | undefined {
  if (context.kind !== 'method') return `a ${context.kind}`
  if (context.static) return 'a static method'
  return context.private ? 'a private method' : undefined
}

function metadataOf({ name, metadata }: MethodContext, kind: HandlerDeclaration['kind']): object {
  if (metadata !== undefined) return metadata
  const problem = 'this compiler implements TC39 decorators without metadata, so the class of the method stays unknown'
  const fix = 'turn on experimentalDecorators, use a current compiler, or declare the handler with defineConsumer'
  throw fail('MILLRACE_PLAN_INVALID', { problems: [{ where: `@${kind} on ${String(name)}`, problem, fix }] })
}
