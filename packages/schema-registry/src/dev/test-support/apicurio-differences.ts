/**
 * What Apicurio 2.6.13 answers where it differs from Confluent's documented API, and why the registry in process does not follow it.
 * The contract suite expects exactly this of Apicurio: a difference that is gone turns it red too.
 */
interface Answer {
  readonly status: number
  readonly code: number | undefined
  readonly reason: string
}

const noSuchPath = { status: 404, code: 0, reason: 'Apicurio does not have it; clients of Confluent ask for it' }

export const apicurioAnswers = {
  'a version that is no number': {
    status: 404,
    code: 40402,
    reason: 'Confluent documents 42202: a wrong request is not a version that may still come',
  },
  'version 0': { status: 404, code: 40402, reason: 'as above' },
  'an unknown level': { status: 400, code: undefined, reason: 'an answer in plain text; Confluent documents 42203' },
  'the level of a subject that has none': {
    status: 200,
    code: undefined,
    reason: 'it answers NONE; Confluent documents 40408, by which a client knows that the global level holds',
  },
  'to forget what was not deleted': {
    status: 409,
    code: 40405,
    reason: 'Confluent documents status 404 for this code',
  },
  'a check under an unknown subject': {
    status: 404,
    code: 40402,
    reason: "Confluent's registry finds nothing to object to, so that a first schema can be checked like all others",
  },
  'the subjects of an id': noSuchPath,
  'the bare schema of an id': noSuchPath,
  'the mode': { ...noSuchPath, reason: 'Apicurio has no modes' },
} as const satisfies Record<string, Answer>

export type AnswerDifference = keyof typeof apicurioAnswers

/** Where it differs in what it does, not only in a code: the tests that name one expect the other. */
export const apicurioWays = {
  'reasons of a check': 'a text `reason`, only with verbose=true, and no list `messages`',
  'the level NONE of a subject': 'NONE removes the rule of the subject, so that the global level holds again',
  'the level of a subject beside the global one':
    '`defaultToGlobal` is ignored: without a rule of its own the answer is NONE',
} as const

interface Verdict {
  readonly backward?: boolean
  readonly forward?: boolean
  readonly reason: string
}

const byName: Verdict = {
  backward: false,
  forward: false,
  reason:
    'it compares names and exact types; on the wire only numbers and wire types count (protobuf.dev, "Updating A Message Type")',
}
const unknownField: Verdict = { forward: false, reason: 'an older reader skips fields that it does not know' }
const inOneof: Verdict = {
  backward: true,
  reason: 'it does not look at what moved into a oneof, where setting one field now clears the other',
}

/** By type and change, as the tables of cases name it. */
export const apicurioVerdicts: Readonly<Record<string, Verdict>> = {
  'JSON: a property of any type comes to an open object': {
    backward: false,
    reason: 'a property that may be anything excludes no value that was written before',
  },
  'JSON: a required property with a default comes to a closed object': {
    backward: false,
    reason: 'Confluent lets a reader fill in the default',
  },
  'PROTOBUF: a field comes': unknownField,
  'PROTOBUF: a value comes to an enum': {
    forward: false,
    reason: 'an older reader of proto3 keeps a number that it does not know',
  },
  'PROTOBUF: a field gets another name': byName,
  'PROTOBUF: a field gets another number': byName,
  'PROTOBUF: int32 becomes int64': byName,
  'PROTOBUF: int32 becomes bool': byName,
  'PROTOBUF: sint32 becomes sint64': byName,
  'PROTOBUF: fixed32 becomes sfixed32': byName,
  'PROTOBUF: fixed64 becomes sfixed64': byName,
  'PROTOBUF: string becomes bytes': byName,
  'PROTOBUF: an enum becomes int32': byName,
  'PROTOBUF: a text becomes repeated': byName,
  'PROTOBUF: two fields move into a oneof': inOneof,
  'PROTOBUF: a field moves into a oneof that was there': inOneof,
  'PROTOBUF: a field takes a number that was reserved': unknownField,
  'PROTOBUF: a field takes a number of a range that was reserved': unknownField,
}
