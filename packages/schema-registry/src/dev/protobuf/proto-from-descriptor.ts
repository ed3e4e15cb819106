import descriptor from 'protobufjs/ext/descriptor/index.js'
import { isList, isObject, type Json, type JsonObject } from '../schemas/json-value.js'
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOptions, ProtoService } from './proto-file.js'

const base64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

/** Reads a base64 FileDescriptorProto, the form in which Confluent's JavaScript client registers. Undefined where it is none. */
export function protoFromDescriptor(text: string): ProtoFile | undefined {
  const bytes = base64.test(text) ? Buffer.from(text, 'base64') : undefined
  const object = bytes === undefined ? undefined : decoded(bytes)
  if (object === undefined) return undefined
  return {
    syntax: object['syntax'] === 'proto3' ? 'proto3' : 'proto2',
    package: textOf(object['package']),
    imports: listOf(object['dependency']).map(textOf),
    options: optionsOf(object['options']),
    messages: objectsOf(object['messageType']).map(messageOf),
    enums: objectsOf(object['enumType']).map(enumOf),
    services: objectsOf(object['service']).map(serviceOf),
  }
}

function decoded(bytes: Uint8Array): JsonObject | undefined {
  const { FileDescriptorProto } = descriptor
  try {
    return FileDescriptorProto.toObject(FileDescriptorProto.decode(bytes), { enums: String, longs: Number })
  } catch {
    return undefined // no descriptor, which is all that was asked
  }
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const numberOf = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)
const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : [])
const objectsOf = (value: Json | undefined): readonly JsonObject[] => listOf(value).filter(isObject)
const typeName = (value: Json | undefined): string => textOf(value).replace(/^\./, '')

function messageOf(object: JsonObject): ProtoMessage {
  const nested = objectsOf(object['nestedType'])
  const isEntry = ({ options }: JsonObject): boolean => isObject(options) && options['mapEntry'] === true
  const entries = new Map(nested.filter(isEntry).map((entry) => [textOf(entry['name']), entry]))
  const oneofs = objectsOf(object['oneofDecl']).map(({ name }) => textOf(name))
  return {
    name: textOf(object['name']),
    fields: objectsOf(object['field']).map((field) => fieldOf(field, { entries, oneofs })),
    messages: nested.filter((one) => !isEntry(one)).map(messageOf),
    enums: objectsOf(object['enumType']).map(enumOf),
    // The end of a range is the first number behind it.
    reserved: objectsOf(object['reservedRange']).map(({ start, end }) => [numberOf(start), numberOf(end) - 1]),
    reservedNames: listOf(object['reservedName']).map(textOf),
  }
}

interface Around {
  readonly entries: ReadonlyMap<string, JsonObject>
  readonly oneofs: readonly string[]
}

function fieldOf(object: JsonObject, { entries, oneofs }: Around): ProtoField {
  const { name, number, label, oneofIndex, proto3Optional } = object
  const entry = entries.get(typeName(object['typeName']).split('.').at(-1) ?? '')
  const [key, value] = objectsOf(entry?.['field'])
  const hasPresence = proto3Optional === true
  const oneof = typeof oneofIndex === 'number' && !hasPresence ? oneofs[oneofIndex] : undefined
  const isRepeated = label === 'LABEL_REPEATED' && entry === undefined
  return {
    name: textOf(name),
    number: numberOf(number),
    label: isRepeated ? 'repeated' : label === 'LABEL_REQUIRED' ? 'required' : 'singular',
    type: typeOf(value ?? object),
    ...(key === undefined ? {} : { keyType: typeOf(key).name }),
    ...(oneof === undefined ? {} : { oneof }),
    ...(hasPresence ? { hasPresence } : {}),
    options: { ...defaultOf(object), ...jsonNameOf(object), ...optionsOf(object['options']) },
  }
}

function typeOf({ type, typeName: name }: JsonObject): ProtoField['type'] {
  const kind = textOf(type).replace('TYPE_', '').toLowerCase()
  if (kind === 'message' || kind === 'group') return { kind: 'message', name: typeName(name) }
  return kind === 'enum' ? { kind, name: typeName(name) } : { kind: 'scalar', name: kind }
}

const defaultOf = ({ defaultValue }: JsonObject): ProtoOptions =>
  typeof defaultValue === 'string' ? { default: defaultValue } : {}

/** Compilers fill it in; only one that differs was written by somebody. */
function jsonNameOf({ name, jsonName }: JsonObject): ProtoOptions {
  const usual = textOf(name).replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
  return typeof jsonName === 'string' && jsonName !== usual ? { json_name: jsonName } : {}
}

function enumOf(object: JsonObject): ProtoEnum {
  const values = objectsOf(object['value']).map(({ name, number }) => ({
    name: textOf(name),
    number: numberOf(number),
  }))
  return { name: textOf(object['name']), values, options: optionsOf(object['options']) }
}

const serviceOf = (object: JsonObject): ProtoService => ({
  name: textOf(object['name']),
  methods: objectsOf(object['method']).map(({ name, inputType, outputType, clientStreaming, serverStreaming }) => ({
    name: textOf(name),
    input: typeName(inputType),
    output: typeName(outputType),
    streamsInput: clientStreaming === true,
    streamsOutput: serverStreaming === true,
  })),
})

/** `javaPackage` in the library's descriptor is `java_package` in the text. */
function optionsOf(value: Json | undefined): ProtoOptions {
  const plain = Object.entries(isObject(value) ? value : {}).flatMap(([name, one]) =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [[name, one] as const] : [],
  )
  return Object.fromEntries(
    plain.map(([name, one]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), one]),
  )
}
