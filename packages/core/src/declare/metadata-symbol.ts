/**
 * Compilers hand TC39 decorators a `context.metadata` only where `Symbol.metadata` exists, and Node has none yet. This
 * module must run before the first decorated class, which is why package.json lists it under sideEffects.
 */
export const metadataSymbol: symbol = Reflect.get(Symbol, 'metadata') ?? Symbol.for('Symbol.metadata')

if (Reflect.get(Symbol, 'metadata') === undefined) {
  Object.defineProperty(Symbol, 'metadata', { value: metadataSymbol, configurable: true, writable: true })
}
