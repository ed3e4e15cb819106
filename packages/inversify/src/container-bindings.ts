import type { Container, ServiceIdentifier } from 'inversify'

/** What a binding of inversify says about itself, as far as it matters here. */
export interface Binding {
  readonly scope?: string
}

/** The bindings that a container sees, its parents' included: what inversify shows to plugins. */
export interface ContainerBindings {
  get(service: ServiceIdentifier): Iterable<Binding> | undefined
  getBoundServices(): Iterable<ServiceIdentifier>
  /** Adds a binding to this container, not to its parents. */
  set(binding: Binding): void
}

/** How inversify recognises a plugin (`@inversifyjs/plugin`); registering one is the public way to a container's bindings. */
const isPlugin = Symbol.for('@inversifyjs/plugin/isPlugin')

/** What the reader below was shown last: `register` is synchronous, and hands the plugin to nobody. */
let shown: unknown

class BindingReader {
  readonly [isPlugin] = true

  constructor(_container: Container, { bindingService }: { readonly bindingService?: unknown }) {
    shown = bindingService
  }

  load(): void {
    // Nothing is added to the container.
  }
}

/**
 * @throws TypeError when the installed inversify shows plugins something else than 8.2 does
 */
export function bindingsOf(container: Container): ContainerBindings {
  container.register(BindingReader)
  const found = shown
  shown = undefined // the container is not to be kept alive from here
  if (!hasBindings(found)) throw new TypeError('this inversify does not show its bindings to plugins as 8.2 does')
  return found
}

const hasBindings = (found: unknown): found is ContainerBindings =>
  typeof found === 'object' &&
  found !== null &&
  ['get', 'getBoundServices', 'set'].every((name) => typeof Reflect.get(found, name) === 'function')

/** Everything in request scope: one instance per resolution, or, in a scope of ours, per message. */
export const requestBindingsOf = (bindings: ContainerBindings): readonly Binding[] =>
  [...bindings.getBoundServices()].flatMap((service) =>
    [...(bindings.get(service) ?? [])].filter(({ scope }) => scope === 'Request'),
  )
