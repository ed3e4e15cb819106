import { InvalidSchema } from '../schemas/parsed-schema.js'
import { type AvroPrimitive, avroPrimitives, type NamedAvroType } from './avro-type.js'

const nameForm = /^[A-Za-z_]\w*$/

export const isPrimitive = (name: string): name is AvroPrimitive => avroPrimitives.some((one) => one === name)

export function checkName(name: string, what: string): string {
  if (nameForm.test(name)) return name
  throw new InvalidSchema(`Illegal ${what} name: ${name}`)
}

/** A name with its namespace: one with a dot has it already. */
export function fullNameOf(name: string, namespace: string): string {
  const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
  for (const part of full.split('.')) checkName(part, 'type')
  return full
}

/** The named types of one schema and of those that it refers to. */
export interface AvroNames {
  add<T extends NamedAvroType>(type: T): T
  /** As it is used inside `namespace`: there first, then as it stands. */
  find(name: string, namespace: string): NamedAvroType
}

export function createAvroNames(): AvroNames {
  const types = new Map<string, NamedAvroType>()
  return {
    add(type) {
      if (isPrimitive(type.name)) throw new InvalidSchema(`Schemas may not be named after primitives: ${type.name}`)
      if (types.has(type.name)) throw new InvalidSchema(`Can't redefine: ${type.name}`)
      types.set(type.name, type)
      return type
    },
    find(name, namespace) {
      const found = types.get(fullNameOf(name, namespace)) ?? types.get(name)
      if (found === undefined) throw new InvalidSchema(`Undefined name: "${name}"`)
      return found
    },
  }
}
