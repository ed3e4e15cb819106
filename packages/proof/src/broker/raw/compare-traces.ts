import type { Json, Step, Trace, Traces } from './trace.js'

/** One field in which two brokers differ. */
export interface Difference {
  readonly script: string
  /** The step, such as `Produce 7, null records`. */
  readonly at: string
  /** Inside the answer: `topics[0].errorCode`; empty where not even the kind of answer is the same. */
  readonly path: string
  readonly kafka: Json | undefined
  readonly ours: Json | undefined
}

/** Field by field; scripts of which only one side has a trace differ as a whole. */
export function compareTraces(kafka: Traces, ours: Traces): readonly Difference[] {
  const names = new Set([...Object.keys(kafka), ...Object.keys(ours)])
  return [...names].flatMap((script) => compareScript(script, kafka[script] ?? [], ours[script] ?? []))
}

function compareScript(script: string, kafka: Trace, ours: Trace): readonly Difference[] {
  const length = Math.max(kafka.length, ours.length)
  return Array.from({ length }, (_, index) => index).flatMap((index) => {
    const [one, other] = [kafka[index], ours[index]]
    const at = one?.at ?? other?.at ?? ''
    if (one === undefined || other === undefined || one.at !== other.at) {
      return [{ script, at, path: 'at', kafka: one?.at, ours: other?.at }]
    }
    return [...fieldsThatDiffer(one.says, other.says, ''), ...timesThatDiffer(one, other)].map((found) => ({
      script,
      at,
      ...found,
    }))
  })
}

type Found = Pick<Difference, 'path' | 'kafka' | 'ours'>

const timesThatDiffer = (one: Step, other: Step): Found[] =>
  one.took === other.took ? [] : [{ path: 'took', kafka: one.took, ours: other.took }]

function fieldsThatDiffer(kafka: Json | undefined, ours: Json | undefined, path: string): Found[] {
  if (Array.isArray(kafka) && Array.isArray(ours)) {
    const length = Math.max(kafka.length, ours.length)
    return Array.from({ length }, (_, at) => fieldsThatDiffer(kafka[at], ours[at], `${path}[${at}]`)).flat()
  }
  if (isStruct(kafka) && isStruct(ours)) {
    if (path === 'apiKeys') return spansThatDiffer(kafka, ours)
    const names = new Set([...Object.keys(kafka), ...Object.keys(ours)])
    return [...names].flatMap((name) =>
      fieldsThatDiffer(kafka[name], ours[name], path === '' ? name : `${path}.${name}`),
    )
  }
  return kafka === ours ? [] : [{ path, kafka, ours }]
}

/** A broker may offer less. What it offers, Kafka has to speak too. */
function spansThatDiffer(kafka: { readonly [key: string]: Json }, ours: { readonly [key: string]: Json }): Found[] {
  return Object.entries(ours).flatMap(([key, span]) => {
    const [first, last] = spanOf(span)
    const [kafkaFirst, kafkaLast] = spanOf(kafka[key])
    return first >= kafkaFirst && last <= kafkaLast ? [] : [{ path: `apiKeys.${key}`, kafka: kafka[key], ours: span }]
  })
}

function spanOf(span: Json | undefined): readonly [first: number, last: number] {
  const [first, last] = typeof span === 'string' ? span.split('-').map(Number) : []
  return [first ?? Number.NaN, last ?? Number.NaN]
}

const isStruct = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const printDifference = ({ script, at, path, kafka, ours }: Difference): string =>
  `${script} | ${at} | ${path}\n    Kafka ${shown(kafka)}\n    ours  ${shown(ours)}`

const shown = (value: Json | undefined): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 240 ? `${text.slice(0, 240)} and ${text.length - 240} more` : text
}
