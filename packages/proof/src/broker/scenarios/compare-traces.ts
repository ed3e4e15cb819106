import type { Json } from './normalise.js'

/** One thing that happened in a scenario. */
export interface Step {
  readonly at: string
  readonly says: Json
}

/** One step in which two brokers differ. */
export interface Difference {
  readonly at: string
  readonly kafka: Json | undefined
  readonly ours: Json | undefined
}

/** Step by step; where the steps themselves part, what follows can't be compared and counts as one difference. */
export function compareTraces(kafka: readonly Step[], ours: readonly Step[]): readonly Difference[] {
  const found: Difference[] = []
  for (let index = 0; index < Math.max(kafka.length, ours.length); index += 1) {
    const [one, other] = [kafka[index], ours[index]]
    if (one?.at !== other?.at) {
      const at = `step ${index + 1}`
      return [...found, { at, kafka: one?.at, ours: other?.at }]
    }
    if (JSON.stringify(sorted(one?.says)) !== JSON.stringify(sorted(other?.says))) {
      found.push({ at: one?.at ?? '', kafka: one?.says, ours: other?.says })
    }
  }
  return found
}

/** The order of fields is no difference. */
function sorted(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((entry: Json) => sorted(entry) ?? null)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry) ?? null]))
}

export const printDifference = ({ at, kafka, ours }: Difference): string =>
  `${at}\n    Kafka ${shown(kafka)}\n    ours  ${shown(ours)}`

const longest = 2000
const shown = (value: Json | undefined): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > longest ? `${text.slice(0, longest)} and ${text.length - longest} more` : text
}
