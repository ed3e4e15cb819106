import protobuf from 'protobufjs'
import { InvalidSchema, type ReferencedText } from '../schemas/parsed-schema.js'
import type {
  ProtoEnum,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOptions,
  ProtoService,
  ProtoType,
} from './proto-file.js'

const keepNames = { keepCase: true }
const { Enum, MapField, Namespace, Root, Service, Type } = protobuf

/** Parses the text of a .proto file. Throws InvalidSchema where it is none, or uses a type that nobody defines. */
export function protoFromText(text: string, references: readonly ReferencedText[]): ProtoFile {
  try {
    const own = protobuf.parse(text, new Root(), keepNames)
    const root = rootOf(text, own.imports ?? [], references)
    const scope = own.package === undefined ? own.root : own.root.lookup(own.package)
    const inFull = own.package === undefined ? root : root.lookup(own.package)
    if (!(scope instanceof Namespace) || !(inFull instanceof Namespace)) throw new InvalidSchema('the file is empty')
    const declared = namesIn(scope)
    return {
      syntax: /^\s*syntax\s*=\s*["']proto3["']/m.test(text) ? 'proto3' : 'proto2',
      package: own.package ?? '',
      imports: own.imports ?? [],
      options: optionsOf(scope),
      messages: declared.flatMap((name) => messageAt(inFull, name)),
      enums: declared.flatMap((name) => enumAt(inFull, name)),
      services: declared.flatMap((name) => serviceAt(inFull, name)),
    }
  } catch (error) {
    if (error instanceof InvalidSchema) throw error
    // protobufjs throws plain errors that say what is wrong and where.
    throw new InvalidSchema(error instanceof Error ? error.message : String(error))
  }
}

/** The file together with what it imports: only there are its types known. */
function rootOf(text: string, imports: readonly string[], references: readonly ReferencedText[]): protobuf.Root {
  const missing = imports.find((name) => !isWellKnown(name) && !references.some((one) => one.name === name))
  if (missing !== undefined) throw new InvalidSchema(`no reference for the import "${missing}"`)
  const root = new Root()
  const texts = references.map((one) => one.text)
  const others = texts.flatMap((other) => protobuf.parse(other, new Root(), keepNames).imports ?? [])
  // Once each: several files may use the same one.
  for (const name of new Set([...imports, ...others])) {
    const { nested } = protobuf.common.get(name) ?? {}
    if (nested !== undefined) root.addJSON(nested)
  }
  for (const one of [...texts, text]) protobuf.parse(one, root, keepNames)
  root.resolveAll()
  return root
}

/** Files that come with Protobuf itself need no reference. */
const isWellKnown = (name: string): boolean => name.startsWith('google/protobuf/')

const namesIn = (scope: protobuf.NamespaceBase): string[] => scope.nestedArray.map(({ name }) => name)

function optionsOf({ options }: protobuf.ReflectionObject): ProtoOptions {
  const plain = Object.entries(options ?? {}).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[name, value] as const]
      : [],
  )
  return Object.fromEntries(plain.filter(([name]) => name !== 'proto3_optional'))
}

function messageAt(scope: protobuf.NamespaceBase, name: string): ProtoMessage[] {
  const type = scope.get(name)
  if (!(type instanceof Type)) return []
  const inner = namesIn(type)
  const reserved: readonly (string | number[])[] = type.reserved ?? []
  return [
    {
      name,
      fields: type.fieldsArray.map(fieldOf),
      messages: inner.flatMap((one) => messageAt(type, one)),
      enums: inner.flatMap((one) => enumAt(type, one)),
      reserved: reserved.flatMap((one) => (typeof one === 'string' ? [] : [[one[0] ?? 0, one[1] ?? 0] as const])),
      reservedNames: reserved.flatMap((one) => (typeof one === 'string' ? [one] : [])),
    },
  ]
}

function fieldOf(field: protobuf.Field): ProtoField {
  const { name, id: number } = field
  const hasPresence = field.options?.['proto3_optional'] === true
  const oneof = hasPresence ? undefined : field.partOf?.name
  return {
    name,
    number,
    label: field.repeated ? 'repeated' : field.required ? 'required' : 'singular',
    type: typeOf(field),
    ...(field instanceof MapField ? { keyType: field.keyType } : {}),
    ...(oneof === undefined ? {} : { oneof }),
    ...(hasPresence ? { hasPresence } : {}),
    options: fieldOptions(field),
  }
}

/** A default is text in a descriptor, whatever its type. */
function fieldOptions(field: protobuf.Field): ProtoOptions {
  const { default: standard, ...options } = optionsOf(field)
  return standard === undefined ? options : { default: String(standard), ...options }
}

const withoutDot = (name: string): string => name.replace(/^\./, '')

function typeOf({ resolvedType, type }: protobuf.Field): ProtoType {
  if (resolvedType === null) return { kind: 'scalar', name: type }
  return { kind: resolvedType instanceof Enum ? 'enum' : 'message', name: withoutDot(resolvedType.fullName) }
}

function enumAt(scope: protobuf.NamespaceBase, name: string): ProtoEnum[] {
  const found = scope.get(name)
  if (!(found instanceof Enum)) return []
  const values = Object.entries(found.values).map(([value, number]) => ({ name: value, number }))
  return [{ name, values, options: optionsOf(found) }]
}

function serviceAt(scope: protobuf.NamespaceBase, name: string): ProtoService[] {
  const found = scope.get(name)
  if (!(found instanceof Service)) return []
  const methods = found.methodsArray.map((method) => ({
    name: method.name,
    input: withoutDot(method.resolvedRequestType?.fullName ?? method.requestType),
    output: withoutDot(method.resolvedResponseType?.fullName ?? method.responseType),
    streamsInput: method.requestStream === true,
    streamsOutput: method.responseStream === true,
  }))
  return [{ name, methods }]
}
