import type { Root, Type } from 'protobufjs'
import type { SchemaSource } from '../serde/schema-codec.js'

type Protobufjs = typeof import('protobufjs')

export interface ParsedProtobuf {
  /** The messages of the file itself, linked with what it imports. */
  readonly messages: readonly FileMessage[]
}

export interface FileMessage {
  /** With its package, without a dot in front. */
  readonly fullName: string
  /** Its place in the file: positions from the outermost message inwards, in the order in which they are declared. */
  readonly path: readonly number[]
  readonly type: Type
}

/** Parses a file with everything it imports. Imports are found among the references, or belong to Protobuf itself. */
export function parseProtobuf(protobufjs: Protobufjs, { text, referenced }: SchemaSource): ParsedProtobuf {
  const root = new protobufjs.Root()
  const linked = new Set<string>()
  const link = (name: string): void => {
    if (linked.has(name)) return
    linked.add(name)
    const reference = referenced.find((one) => one.name === name)
    const wellKnown = reference === undefined ? protobufjs.common.get(name) : null
    if (reference !== undefined) parseInto(protobufjs, reference.text, root).forEach(link)
    else if (wellKnown?.nested !== undefined) root.addJSON(wellKnown.nested)
    else throw new Error(`it imports "${name}", which is none of its references`)
  }
  parseInto(protobufjs, text, root).forEach(link)
  root.resolveAll()
  return { messages: messagesOf(protobufjs, text, root) }
}

/** What the file imports. */
function parseInto(protobufjs: Protobufjs, text: string, root: Root): readonly string[] {
  const { imports = [], weakImports = [] } = protobufjs.parse(text, root, { keepCase: false })
  return [...imports, ...weakImports]
}

/** The file by itself gives the order: in the linked root, its package may hold messages of other files too. */
function messagesOf(protobufjs: Protobufjs, text: string, linked: Root): readonly FileMessage[] {
  const alone = new protobufjs.Root()
  const { package: space } = protobufjs.parse(text, alone, { keepCase: false })
  const found: FileMessage[] = []
  const collect = (inside: { readonly nestedArray: readonly object[] }, path: readonly number[]): void => {
    inside.nestedArray
      .filter((one) => one instanceof protobufjs.Type)
      .forEach((type, at) => {
        const fullName = type.fullName.replace(/^\./, '')
        found.push({ fullName, path: [...path, at], type: linked.lookupType(fullName) })
        collect(type, [...path, at])
      })
  }
  const home = space === undefined ? alone : alone.lookup(space)
  if (home !== null && 'nestedArray' in home) collect(home as typeof alone, [])
  return found
}
