// Writes src/protocol/messages from the definitions in the kafka-clients jar. Run it by `node tools/generate-messages.ts`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  findKafkaJar,
  type KafkaField,
  type KafkaMessage,
  readKafkaMessages,
} from '../src/protocol/test-support/kafka-jar.ts'
import { spokenData, spokenVersions } from './spoken-versions.ts'

type Span = readonly [first: number, last: number]
type Structs = ReadonlyMap<string, readonly KafkaField[]>

const target = fileURLToPath(new URL('../src/protocol/messages/', import.meta.url))
const header = '// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).\n'

const spanOf = (versions: string): Span => {
  const [first = '', last] = versions.replace('+', '-Infinity').split('-')
  return [Number(first), Number(last ?? first)]
}
const meets = (versions: string | undefined, span: Span): boolean => {
  if (versions === undefined || versions === 'none') return false
  const [first, last] = spanOf(versions)
  return first <= span[1] && last >= span[0]
}
const covers = (versions: string, span: Span): boolean => {
  const [first, last] = spanOf(versions)
  return first <= span[0] && last >= span[1]
}
const overlap = (versions: string, span: Span): Span => {
  const [first, last] = spanOf(versions)
  return [Math.max(first, span[0]), Math.min(last, span[1])]
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`

const scalars = new Set('bool int8 int16 uint16 int32 uint32 int64 float64 string uuid bytes records'.split(' '))

function defaultOf(field: KafkaField): string | undefined {
  // Nobody is throttled unless a fault plan says so: written out, so that an answer may leave it out.
  if (field.name === 'ThrottleTimeMs') return '0'
  if (field.default === undefined) return undefined
  const text = String(field.default)
  if (text === 'null' || text === 'true' || text === 'false') return text
  if (field.type === 'string') return quote(text)
  if (field.type === 'int64') return `${BigInt(text)}n`
  return String(Number(text))
}

/** One field as a line, or several where it is a struct. */
function writeField(field: KafkaField, span: Span, structs: Structs): string[] {
  const element = field.type.replace('[]', '')
  const isStruct = !scalars.has(element)
  const facts = [`type: ${quote(isStruct ? field.type.replace(element, 'struct') : field.type)}`]
  if (!covers(field.versions, span)) facts.push(`versions: ${quote(field.versions)}`)
  if (field.nullableVersions !== undefined && meets(field.nullableVersions, span)) {
    facts.push(`nullableVersions: ${quote(field.nullableVersions)}`)
  }
  if (field.taggedVersions !== undefined && meets(field.taggedVersions, span)) {
    facts.push(`taggedVersions: ${quote(field.taggedVersions)}`, `tag: ${field.tag}`)
  }
  if (field.flexibleVersions !== undefined) facts.push(`flexibleVersions: ${quote(field.flexibleVersions)}`)
  const fallback = defaultOf(field)
  if (fallback !== undefined) facts.push(`default: ${fallback}`)
  const name = lowerFirst(field.name)
  if (!isStruct) return [`${name}: { ${facts.join(', ')} },`]
  const inner = field.fields ?? structs.get(element)
  if (inner === undefined) throw new Error(`no struct ${element}`)
  return [
    `${name}: {`,
    ...facts.map((fact) => `  ${fact},`),
    '  fields: {',
    ...writeFields(inner, overlap(field.versions, span), structs).map((line) => `    ${line}`),
    '  },',
    '},',
  ]
}

const writeFields = (fields: readonly KafkaField[], span: Span, structs: Structs): string[] =>
  fields.filter((field) => meets(field.versions, span)).flatMap((field) => writeField(field, span, structs))

function writeMessage(kafka: KafkaMessage, span: Span): string {
  const structs = new Map(kafka.commonStructs?.map(({ name, fields }) => [name, fields]))
  const flexible = kafka.flexibleVersions === 'none' ? quote('none') : String(spanOf(kafka.flexibleVersions)[0])
  const fields = writeFields(kafka.fields, span, structs)
  return [
    `export const ${lowerFirst(kafka.name)} = message({`,
    `  name: ${quote(kafka.name)},`,
    `  apiKey: ${kafka.apiKey ?? null},`,
    `  type: ${quote(kafka.type)},`,
    `  validVersions: [${span.join(', ')}],`,
    `  flexibleVersions: ${flexible},`,
    ...(fields.length === 0 ? ['  fields: {},'] : ['  fields: {', ...fields.map((line) => `    ${line}`), '  },']),
    '})',
    '',
  ].join('\n')
}

const jar = findKafkaJar(process.env)
if ('missing' in jar) throw new Error(jar.missing)
const kafkaMessages = readKafkaMessages(jar.path)

function writeFile(file: string, messages: readonly (readonly [name: string, span: Span])[]): void {
  const tables = messages.map(([name, span]) => {
    const kafka = kafkaMessages.get(name)
    if (kafka === undefined) throw new Error(`the jar has no ${name}`)
    return writeMessage(kafka, span)
  })
  writeFileSync(`${target}${file}.ts`, [`${header}import { message } from '../schema.js'\n`, ...tables].join('\n'))
}

mkdirSync(target, { recursive: true })
const files = Object.entries(spokenVersions).map(([api, span]) => {
  writeFile(kebab(api), [
    [`${api}Request`, span],
    [`${api}Response`, span],
  ])
  return kebab(api)
})
writeFile('consumer-protocol', Object.entries(spokenData))
const exported = [...files, 'consumer-protocol'].toSorted().map((file) => `export * from './${file}.js'\n`)
writeFileSync(`${target}index.ts`, `${header}${exported.join('')}`)
