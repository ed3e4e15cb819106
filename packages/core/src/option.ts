import type { Problem } from './error-entry.js'
import type { OptionKind, OptionUnit } from './option-kinds.js'

/** One option: how it is read, what holds when it is left out, and the text of its reference entry. */
export interface Option<In, Out, Default, Unit extends OptionUnit = OptionUnit> {
  readonly kind: OptionKind<In, Out, Unit>
  readonly default: Default
  readonly doc: string
}

/** A table of options; the mapped types below recover what each row takes and gives. */
export type OptionTable = Readonly<Record<string, Option<unknown, unknown, unknown>>>

/** An option with a default. Its type is the kind's alone: with the default it would widen to any string. */
export const option = <In, Out, Unit extends OptionUnit>(
  definition: Option<In, Out, NoInfer<In>, Unit>,
): Option<In, Out, In, Unit> => definition

/** An option that stays undefined when it is left out. */
export const optional = <In, Out, Unit extends OptionUnit>(
  definition: Omit<Option<In, Out, undefined, Unit>, 'default'>,
): Option<In, Out, undefined, Unit> => ({
  ...definition,
  default: undefined,
})

/** What users may pass for a table of options. */
export type InputOf<Table> = {
  readonly [Name in keyof Table]?: Table[Name] extends Option<infer In, infer _Out, infer _Default> ? In : never
}

type ResolvedName<Name, Row> = Row extends { kind: { unit: 'ms' } } ? `${Name & string}Ms` : Name

/** What the code works with: defaults filled in, durations in milliseconds under a name that ends in `Ms`. */
export type ResolvedOf<Table> = {
  readonly [Name in keyof Table as ResolvedName<Name, Table[Name]>]: Table[Name] extends Option<
    infer _In,
    infer Out,
    infer Default
  >
    ? Out | (Default extends undefined ? undefined : never)
    : never
}

export interface Resolution<Table> {
  readonly value: ResolvedOf<Table>
  readonly problems: readonly Problem[]
}

/**
 * Reads what a user passed against a table: fills in defaults, converts units, and names every fault at once, unknown
 * names included. A faulty option keeps its default, so that the value can still be inspected.
 */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  input: object,
  where: string,
): Resolution<Table> {
  const given = new Map(Object.entries(input ?? {}).filter(([, value]) => value !== undefined))
  const problems: Problem[] = []
  const value: Record<string, unknown> = {}

  for (const [name, row] of Object.entries(table)) {
    const read = row.kind.parse(given.has(name) ? given.get(name) : row.default)
    const parsed = read.kind === 'ok' ? read : row.kind.parse(row.default)
    if (parsed.kind === 'ok') value[row.kind.unit === 'ms' ? `${name}Ms` : name] = parsed.value
    if (read.kind === 'wrong' && given.has(name)) {
      problems.push({ where: `${where}: ${name}`, problem: read.problem, fix: read.fix })
    }
    given.delete(name)
  }
  for (const name of given.keys()) {
    problems.push({
      where: `${where}: ${name}`,
      problem: 'is not an option',
      fix: `use one of ${Object.keys(table).join(', ')}`,
    })
  }
  // The loop above filled exactly the names that ResolvedOf computes from the same table.
  return { value: value as ResolvedOf<Table>, problems }
}
