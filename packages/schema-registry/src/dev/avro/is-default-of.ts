import { isList, isObject, type Json } from '../schemas/json-value.js'
import type { AvroType } from './avro-type.js'

const fitsInt = (value: number): boolean => Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31

/** Whether a field of this type may have the value as its default. Of a union the first branch counts (Avro 1.11). */
export function isDefaultOf(type: AvroType, value: Json): boolean {
  switch (type.kind) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'number' && fitsInt(value)
    case 'long':
      return typeof value === 'number' && Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity'
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value)
    case 'array':
      return isList(value) && value.every((item) => isDefaultOf(type.items, item))
    case 'map':
      return isObject(value) && Object.values(value).every((one) => one !== undefined && isDefaultOf(type.values, one))
    case 'union': {
      const [first] = type.branches
      return first !== undefined && isDefaultOf(first, value)
    }
    case 'record':
      return (
        isObject(value) &&
        type.fields.every((field) => {
          const own = value[field.name] ?? field.default?.value
          return own !== undefined && isDefaultOf(field.type, own)
        })
      )
    default:
      return typeof value === 'string' // bytes, fixed and string are written as text
  }
}
