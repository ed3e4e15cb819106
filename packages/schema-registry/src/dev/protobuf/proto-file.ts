/** What of a .proto file counts on the wire, and what its text is written from: the same from text and from a descriptor. */
export interface ProtoFile {
  readonly syntax: 'proto2' | 'proto3'
  readonly package: string
  readonly imports: readonly string[]
  readonly options: ProtoOptions
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly services: readonly ProtoService[]
}

export type ProtoOptions = Readonly<Record<string, string | number | boolean>>

export interface ProtoMessage {
  readonly name: string
  readonly fields: readonly ProtoField[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  /** Ranges of numbers, both ends included. */
  readonly reserved: readonly (readonly [number, number])[]
  readonly reservedNames: readonly string[]
}

export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly label: 'required' | 'repeated' | 'singular'
  readonly type: ProtoType
  /** Of a map: then `type` is that of its values. */
  readonly keyType?: string
  readonly oneof?: string
  /** `optional` in proto3: it tells "not set" from the default. */
  readonly hasPresence?: boolean
  readonly options: ProtoOptions
}

export interface ProtoType {
  readonly kind: 'scalar' | 'message' | 'enum'
  /** A scalar's name, or a full name without the leading dot. */
  readonly name: string
}

export interface ProtoEnum {
  readonly name: string
  readonly values: readonly { readonly name: string; readonly number: number }[]
  readonly options: ProtoOptions
}

export interface ProtoService {
  readonly name: string
  readonly methods: readonly {
    readonly name: string
    readonly input: string
    readonly output: string
    readonly streamsInput: boolean
    readonly streamsOutput: boolean
  }[]
}

/** A file, and every message by full name: those of the files that it imports too. */
export interface ProtoDocument {
  readonly file: ProtoFile
  readonly messages: ReadonlyMap<string, ProtoMessage>
}

export const fullName = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('.')

/** Every message of a file by full name, those inside others too. */
export function messagesOf({ package: scope, messages }: ProtoFile): [string, ProtoMessage][] {
  const inside = (outer: string, list: readonly ProtoMessage[]): [string, ProtoMessage][] =>
    list.flatMap((message) => {
      const name = fullName(outer, message.name)
      return [[name, message] as [string, ProtoMessage], ...inside(name, message.messages)]
    })
  return inside(scope, messages)
}
