/** A class that was annotated with `@Consumer`. Its constructor belongs to the container, so nothing is known about it here. */
export type ConsumerClass = abstract new (...args: never[]) => object
