/**
 * Readers of parsed JSON: each takes an unknown value and where it stood, and returns it typed or throws. What the probe
 * prints is outside input like any other.
 */
export type Shape<T> = (value: unknown, where: string) => T

const wrong = (expected: string, value: unknown, where: string): Error =>
  new Error(`${where}: expected ${expected}, got ${JSON.stringify(value)?.slice(0, 80)}`)

export const text: Shape<string> = (value, where) => {
  if (typeof value !== 'string') throw wrong('text', value, where)
  return value
}

export const integer: Shape<number> = (value, where) => {
  if (!Number.isSafeInteger(value)) throw wrong('an integer', value, where)
  return Number(value)
}

/** Decimal text, as 64-bit numbers travel. */
export const int64: Shape<bigint> = (value, where) => {
  if (typeof value !== 'string' || !/^-?\d+$/.test(value)) throw wrong('a decimal number as text', value, where)
  return BigInt(value)
}

export const base64: Shape<Buffer> = (value, where) => Buffer.from(text(value, where), 'base64')

export const nothing: Shape<undefined> = () => undefined

export const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, where) =>
    value === null ? null : shape(value, where)

export const list =
  <T>(shape: Shape<T>): Shape<T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw wrong('a list', value, where)
    return value.map((entry: unknown, index) => shape(entry, `${where}[${index}]`))
  }

export const pair =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> =>
  (value, where) => {
    if (!Array.isArray(value) || value.length !== 2) throw wrong('a pair', value, where)
    return [first(value[0], `${where}[0]`), second(value[1], `${where}[1]`)]
  }

const fields = (value: unknown, where: string): Map<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('an object', value, where)
  return new Map(Object.entries(value))
}

/** Every value of an object has the same shape; the names are data, so the answer is a Map. */
export const mapOf =
  <T>(shape: Shape<T>): Shape<Map<string, T>> =>
  (value, where) =>
    new Map([...fields(value, where)].map(([name, entry]) => [name, shape(entry, `${where}.${name}`)]))

export function object<T extends object>(shapes: { readonly [Name in keyof T]: Shape<T[Name]> }): Shape<T> {
  const names = keysOf(shapes)
  return (value, where) => {
    const found = fields(value, where)
    const result: Partial<T> = {}
    for (const name of names) result[name] = shapes[name](found.get(String(name)), `${where}.${String(name)}`)
    return complete(result, names)
  }
}

function keysOf<T extends object>(value: T): (keyof T)[] {
  const names: (keyof T)[] = []
  for (const name in value) names.push(name)
  return names
}

function complete<T extends object>(value: Partial<T>, names: readonly (keyof T)[]): T {
  if (!hasAll(value, names)) throw new Error('a field was not read')
  return value
}

const hasAll = <T extends object>(value: Partial<T>, names: readonly (keyof T)[]): value is T =>
  names.every((name) => name in value)
