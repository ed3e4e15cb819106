import type { Schema, Type } from 'avsc'
import type { StrictTap } from './strict-tap.js'

type Avsc = typeof import('avsc')

/** What avsc's types are to each other: they read and skip by these, and a resolver borrows the first from the reader's type. */
interface Element {
  _read(tap: StrictTap): unknown
  _skip(tap: StrictTap): void
}

interface WritingTap {
  readonly buf: Buffer
  pos: number
}
interface Written {
  _write(this: unknown, tap: WritingTap, value: unknown): void
}

/**
 * Makes arrays and maps that believe no count before there are bytes for it: avsc makes room for as many elements as a payload claims,
 * and a negative length leads it in circles. A key `__proto__` is a plain property of a map.
 */
export function boundedTypes(avsc: Avsc): (schema: Schema, options: object) => Type | undefined {
  const [BoundedArray, BoundedMap, ExactLong] = [boundedArray(avsc), boundedMap(avsc), exactLong(avsc)]
  return (schema, options) => {
    if (schema === 'long') return new ExactLong()
    if (typeof schema !== 'object' || schema === null || !('type' in schema)) return undefined
    // avsc's declarations name fewer schemas than its code takes.
    if (schema.type === 'array') return new BoundedArray(schema as never, options)
    if (schema.type === 'long') return new ExactLong()
    return schema.type === 'map' ? new BoundedMap(schema as never, options) : undefined
  }
}

const boundedArray = ({ types }: Avsc) =>
  class BoundedArray extends types.ArrayType {
    _read(tap: StrictTap): unknown[] {
      const items = this.itemsType as unknown as Element
      let at = 0
      let count = tap.readCount()
      const read = new Array<unknown>(count) // most arrays are one block
      for (; count > 0; count = tap.readCount()) {
        for (let left = count; left > 0; left--) read[at++] = items._read(tap)
      }
      return read
    }

    _skip(tap: StrictTap): void {
      const items = this.itemsType as unknown as Element
      for (let count = tap.skipBlock(); count > 0; count = tap.skipBlock()) {
        for (let left = count; left > 0; left--) items._skip(tap)
      }
    }
  }

const boundedMap = ({ types }: Avsc) =>
  class BoundedMap extends types.MapType {
    _read(tap: StrictTap): object {
      const values = this.valuesType as unknown as Element
      const read: Record<string, unknown> = {}
      for (let count = tap.readCount(); count > 0; count = tap.readCount()) {
        for (let left = count; left > 0; left--) put(read, tap.readString(), values._read(tap))
      }
      return read
    }

    _skip(tap: StrictTap): void {
      const values = this.valuesType as unknown as Element
      for (let count = tap.skipBlock(); count > 0; count = tap.skipBlock()) {
        for (let left = count; left > 0; left--) {
          tap.skipString()
          values._skip(tap)
        }
      }
    }
  }

/** avsc writes what lies below -2^52 as another number: twice of it is no longer exact. */
const exactLong = ({ types }: Avsc) => {
  const long = types.LongType.prototype as unknown as Written
  return class ExactLong extends types.LongType {
    _write(tap: WritingTap, value: unknown): void {
      if (typeof value !== 'number' || value >= -(2 ** 52) || !Number.isSafeInteger(value)) {
        long._write.call(this, tap, value)
        return
      }
      const half = -value - 1
      tap.buf[tap.pos++] = 0x80 | ((half % 64) * 2 + 1)
      for (let rest = Math.floor(half / 64); rest > 0; rest = Math.floor(rest / 128)) {
        tap.buf[tap.pos++] = (rest >= 128 ? 0x80 : 0) | (rest % 128)
      }
    }
  }
}

function put(read: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(read, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    read[key] = value
  }
}
