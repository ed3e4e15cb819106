import descriptor from 'protobufjs/ext/descriptor/index.js'
import type { JsonObject } from '../schemas/json-value.js'
import {
  fullName,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOptions,
  type ProtoService,
} from './proto-file.js'

/** Base64 of a FileDescriptorProto: what Confluent's registry answers to `?format=serialized`. */
export function protoToDescriptor(file: ProtoFile, name = 'default'): string {
  const object: JsonObject = {
    name,
    package: file.package,
    dependency: file.imports,
    messageType: file.messages.map((message) => messageObject(message, file.package)),
    enumType: file.enums.map(enumObject),
    service: file.services.map(serviceObject),
    options: optionsObject(file.options),
    syntax: file.syntax,
  }
  const { FileDescriptorProto } = descriptor
  return Buffer.from(FileDescriptorProto.encode(FileDescriptorProto.fromObject(object)).finish()).toString('base64')
}

function messageObject(message: ProtoMessage, outer: string): JsonObject {
  const scope = fullName(outer, message.name)
  const real = [...new Set(message.fields.flatMap(({ oneof }) => oneof ?? []))]
  const made = message.fields.filter(({ hasPresence }) => hasPresence === true).map(({ name }) => `_${name}`)
  // The oneofs that only carry a proto3 `optional` stand behind all real ones (descriptor.proto, proto3_optional).
  const oneofs = [...real, ...made]
  const maps = message.fields.filter(({ keyType }) => keyType !== undefined)
  return {
    name: message.name,
    field: message.fields.map((field) => fieldObject(field, { oneofs, scope })),
    nestedType: [...message.messages.map((inner) => messageObject(inner, scope)), ...maps.map(mapEntry)],
    enumType: message.enums.map(enumObject),
    oneofDecl: oneofs.map((name) => ({ name })),
    // The end of a range is the first number behind it.
    reservedRange: message.reserved.map(([start, end]) => ({ start, end: end + 1 })),
    reservedName: message.reservedNames,
  }
}

function fieldObject(field: ProtoField, { oneofs, scope }: { oneofs: readonly string[]; scope: string }): JsonObject {
  const { name, number, label, keyType, hasPresence } = field
  const { default: defaultValue, json_name: jsonName, ...options } = field.options
  const group = hasPresence === true ? `_${name}` : field.oneof
  const type =
    keyType === undefined
      ? typeObject(field)
      : { type: 'TYPE_MESSAGE', typeName: `.${fullName(scope, entryName(name))}` }
  const isMany = keyType !== undefined || label === 'repeated'
  return {
    name,
    number,
    ...type,
    label: isMany ? 'LABEL_REPEATED' : label === 'required' ? 'LABEL_REQUIRED' : 'LABEL_OPTIONAL',
    ...(group === undefined ? {} : { oneofIndex: oneofs.indexOf(group) }),
    ...(hasPresence === true ? { proto3Optional: true } : {}),
    ...(defaultValue === undefined ? {} : { defaultValue: String(defaultValue) }),
    ...(jsonName === undefined ? {} : { jsonName: String(jsonName) }),
    ...(Object.keys(options).length === 0 ? {} : { options: optionsObject(options) }),
  }
}

const typeObject = ({ type }: ProtoField): JsonObject => {
  if (type.kind === 'scalar') return { type: `TYPE_${type.name.toUpperCase()}` }
  return { type: type.kind === 'enum' ? 'TYPE_ENUM' : 'TYPE_MESSAGE', typeName: `.${type.name}` }
}

/** `order_lines` has the entries `OrderLinesEntry`, as protoc names them. */
const entryName = (field: string): string =>
  `${field.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase()).replaceAll('_', '')}Entry`

function mapEntry(field: ProtoField): JsonObject {
  const { keyType = 'string', name } = field
  const member = { label: 'LABEL_OPTIONAL' }
  return {
    name: entryName(name),
    field: [
      { ...member, name: 'key', number: 1, type: `TYPE_${keyType.toUpperCase()}` },
      { ...member, name: 'value', number: 2, ...typeObject(field) },
    ],
    options: { mapEntry: true },
  }
}

const enumObject = ({ name, values, options }: ProtoEnum): JsonObject => ({
  name,
  value: values.map((value) => ({ name: value.name, number: value.number })),
  ...(Object.keys(options).length === 0 ? {} : { options: optionsObject(options) }),
})

const serviceObject = ({ name, methods }: ProtoService): JsonObject => ({
  name,
  method: methods.map(({ name: method, input, output, streamsInput, streamsOutput }) => ({
    name: method,
    inputType: `.${input}`,
    outputType: `.${output}`,
    ...(streamsInput ? { clientStreaming: true } : {}),
    ...(streamsOutput ? { serverStreaming: true } : {}),
  })),
})

/** `java_package` in the text is `javaPackage` in the library's descriptor. Custom options have no place in it, and are left out by it. */
const optionsObject = (options: ProtoOptions): JsonObject =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
