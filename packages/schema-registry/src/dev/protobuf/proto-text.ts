import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOptions, ProtoService } from './proto-file.js'

/** The text of a .proto file, for a schema that came as a descriptor. */
export function protoText(file: ProtoFile): string {
  return [
    `syntax = "${file.syntax}";`,
    ...(file.package === '' ? [] : [`package ${file.package};`]),
    ...file.imports.map((name) => `import "${name}";`),
    ...Object.entries(file.options).map(([name, value]) => `option ${name} = ${optionText(name, value)};`),
    ...file.messages.flatMap((message) => messageLines(message, file)),
    ...file.enums.flatMap(enumLines),
    ...file.services.flatMap(serviceLines),
    '',
  ].join('\n')
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

function messageLines(message: ProtoMessage, file: ProtoFile): string[] {
  const oneofs = [...new Set(message.fields.flatMap(({ oneof }) => oneof ?? []))]
  const reserved = message.reserved.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`))
  return [
    `message ${message.name} {`,
    ...indented([
      ...reserved.map((range) => `reserved ${range};`),
      ...message.reservedNames.map((name) => `reserved "${name}";`),
      ...message.fields.filter(({ oneof }) => oneof === undefined).map((field) => fieldLine(field, file)),
      ...oneofs.flatMap((name) => [
        `oneof ${name} {`,
        ...indented(message.fields.filter(({ oneof }) => oneof === name).map((field) => fieldLine(field, file))),
        '}',
      ]),
      ...message.enums.flatMap(enumLines),
      ...message.messages.flatMap((inner) => messageLines(inner, file)),
    ]),
    '}',
  ]
}

function fieldLine(field: ProtoField, { syntax }: ProtoFile): string {
  const { kind, name } = field.type
  const type = kind === 'scalar' ? name : `.${name}`
  const isText = name === 'string' || name === 'bytes'
  const options = Object.entries(field.options).map(([option, value]) => {
    const isBare = option === 'default' && !isText
    return `${option} = ${isBare ? String(value) : optionText(option, value)}`
  })
  const parts = [
    labelOf(field, syntax),
    field.keyType === undefined ? type : `map<${field.keyType}, ${type}>`,
    `${field.name} = ${field.number}`,
    options.length === 0 ? '' : `[${options.join(', ')}]`,
  ]
  return `${parts.filter((part) => part !== '').join(' ')};`
}

function labelOf({ label, oneof, keyType, hasPresence }: ProtoField, syntax: ProtoFile['syntax']): string {
  if (oneof !== undefined || keyType !== undefined) return ''
  if (label !== 'singular') return label
  return hasPresence === true || syntax === 'proto2' ? 'optional' : ''
}

/** Names in capitals are values of enums and stand bare; other texts are quoted. */
const optionText = (name: string, value: ProtoOptions[string]): string =>
  typeof value === 'string' && !(enumOptions.has(name) && /^[A-Z_]+$/.test(value))
    ? JSON.stringify(value)
    : String(value)

const enumOptions = new Set(['optimize_for', 'ctype', 'jstype'])

const enumLines = ({ name, values, options }: ProtoEnum): string[] => [
  `enum ${name} {`,
  ...indented([
    ...Object.entries(options).map(([option, value]) => `option ${option} = ${String(value)};`),
    ...values.map((value) => `${value.name} = ${value.number};`),
  ]),
  '}',
]

const serviceLines = ({ name, methods }: ProtoService): string[] => [
  `service ${name} {`,
  ...indented(
    methods.map(({ name: method, input, output, streamsInput, streamsOutput }) => {
      const [from, to] = [streamsInput ? 'stream ' : '', streamsOutput ? 'stream ' : '']
      return `rpc ${method} (${from}.${input}) returns (${to}.${output});`
    }),
  ),
  '}',
]
