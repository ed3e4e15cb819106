import type { Problem } from '../../error-entry.js'
import { resolveOptions } from '../../option.js'
import type { ResolvedTransformOptions } from '../../options.js'
import type { HandlerDeclaration } from '../declarations.js'
import { type HandleOptions, handleOptions } from '../handle-options.js'
import type { Delivery } from '../plan.js'
import type { TransformOptions } from '../transform-options.js'
import { transformOptions } from '../transform-options.js'

type Values = ReturnType<typeof resolveOptions<typeof handleOptions>>['value']

/** The options of a handler or a transform, read. */
export interface HandlerSettings {
  /** As they were written, with the consumer's defaults where the handler says nothing. */
  readonly options: Omit<HandleOptions, 'delivery'>
  readonly values: Omit<Values, 'delivery'> & { readonly delivery: Delivery }
  /** Undefined for a handler without outputs. */
  readonly transform: (Omit<ResolvedTransformOptions, 'delivery'> & { readonly to: unknown }) | undefined
  readonly problems: readonly Problem[]
}

/** Reads the options of a handler or a transform over the defaults of its consumer. */
export const readSettings = (declared: HandlerDeclaration, defaults: HandleOptions, where: string): HandlerSettings =>
  declared.kind === 'Transform'
    ? readTransform(declared.options, defaults, where)
    : readHandler(declared.options, defaults, where)

function readHandler(written: HandleOptions, defaults: HandleOptions, where: string): HandlerSettings {
  const problem = "exactly-once needs outputs that go out together with the record's offset"
  const fix = "declare it with @Transform(topic, { to: ... }), or use delivery: 'at-least-once'"
  const { delivery, ...rest } = written
  const isForeign = (delivery as Delivery | undefined) === 'exactly-once' // not a type that it has: users of JavaScript
  const wrong = isForeign ? [{ where: `${where}: delivery`, problem, fix }] : []
  const own = isForeign ? rest : written
  const options = withDefaults(own, defaults)
  const values = resolveOptions(handleOptions, options, where).value
  return { options, values, transform: undefined, problems: [...wrong, ...optionProblems(own, where)] }
}

function readTransform(
  written: Partial<TransformOptions> | undefined,
  { delivery: _ofHandlers, ...defaults }: HandleOptions,
  where: string,
): HandlerSettings {
  const { to, ...given } = written ?? {}
  const problem = 'at-most-once commits a record before it has outputs'
  const fix = "use delivery: 'exactly-once' or 'at-least-once'"
  const { delivery, ...rest } = given
  const isForeign = (delivery as Delivery | undefined) === 'at-most-once' // as above
  const wrong = isForeign ? [{ where: `${where}: delivery`, problem, fix }] : []
  const own: Partial<Omit<TransformOptions, 'to'>> = isForeign ? rest : given
  const { delivery: _d, inheritKey: _k, inheritTimestamp: _t, maxOutputs: _m, ...asHandler } = own
  const options = withDefaults(asHandler, defaults)
  const { value } = resolveOptions(transformOptions, { ...own, ...options }, where)
  const { inheritKey, inheritTimestamp, maxOutputs, ...values } = value
  const problems = [...wrong, ...optionProblems(own, where, transformOptions)]
  return { options, values, transform: { to, inheritKey, inheritTimestamp, maxOutputs }, problems }
}

/** Wrong values and names of options, those inside a retry policy included. */
export function optionProblems(
  options: object,
  where: string,
  table: typeof handleOptions | typeof transformOptions = handleOptions,
): readonly Problem[] {
  const { value, problems } = resolveOptions<typeof handleOptions | typeof transformOptions>(table, options, where)
  return [...problems, ...problemsOf(value.retry).map((one) => ({ ...one, where: `${where}: retry ${one.where}` }))]
}

/** A policy that a user wrote by hand has none. */
const problemsOf = (retry: unknown): readonly Problem[] =>
  typeof retry === 'object' && retry !== null && 'problems' in retry && Array.isArray(retry.problems)
    ? retry.problems
    : []

/**
 * The consumer's defaults under the handler's own options. Exhaustion is one decision: written at the handler it replaces
 * the default as a whole, and a handler that turns to at-most-once takes none of what only makes sense for at-least-once.
 */
function withDefaults(own: HandleOptions, defaults: HandleOptions): HandleOptions {
  const { deadLetter, onExhausted, onOversize, brake, retry, retryIf, ...plain } = defaults
  if (own.delivery === 'at-most-once') return { ...plain, ...own }
  const retrying = { ...(retry && { retry }), ...(retryIf && { retryIf }) }
  const decides = own.deadLetter !== undefined || own.onExhausted !== undefined
  const exhaustion = decides ? {} : { ...(deadLetter && { deadLetter }), ...(onExhausted && { onExhausted }) }
  const ofLetters = { ...(onOversize && { onOversize }), ...(brake && { brake }) }
  return { ...plain, ...retrying, ...exhaustion, ...(own.onExhausted === undefined ? ofLetters : {}), ...own }
}
