/** A value as text plus a unit: '250ms', '10s', '5m', '2h', '7d'. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`
/** A size as text plus a unit: '64kB' is 64,000 bytes, '1MiB' is 1,048,576. */
export type ByteSize = `${number}${'B' | 'kB' | 'MB' | 'KiB' | 'MiB' | 'GiB'}`

export type Parsed<Out> =
  | { readonly kind: 'ok'; readonly value: Out }
  | { readonly kind: 'wrong'; readonly problem: string; readonly fix: string }

export type OptionUnit = 'ms' | 'bytes' | 'none'

/** How one option is read: what users write goes in, what the code works with comes out. */
export interface OptionKind<In, Out, Unit extends OptionUnit = OptionUnit> {
  /** Duration options come out in milliseconds under a name that ends in `Ms`, sizes in bytes. */
  readonly unit: Unit
  /** The type as the reference page shows it, limits included. */
  readonly shape: string
  parse(input: unknown): Parsed<Out>
  /** Never set; keeps the input type inferable. */
  readonly input?: In
}

const msPer: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  MB: 1_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
}

const ok = <Out>(value: Out): Parsed<Out> => ({ kind: 'ok', value })
const wrong = (problem: string, fix: string): Parsed<never> => ({ kind: 'wrong', problem, fix })
/** What was passed, for a message: short, and safe for whatever it is. */
function shown(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.length > 60 ? `${input.slice(0, 60)}…` : input)
  if (typeof input === 'bigint') return `${input}n`
  if (typeof input === 'function') return 'a function'
  if (typeof input === 'object' && input !== null) return Array.isArray(input) ? 'an array' : 'an object'
  return String(input)
}

/** Reads a number with a unit; undefined when it is none. */
function quantity(input: unknown, units: Readonly<Record<string, number>>): number | undefined {
  const match = typeof input === 'string' ? /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(input) : null
  const unit = match?.[2]
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor
}

/** Milliseconds of a duration such as '10s'; undefined for anything that is none. */
export const parseDuration = (input: unknown): number | undefined => quantity(input, msPer)

/** Milliseconds of a duration that the compiler has already checked. */
export const toMs = (duration: Duration): number => parseDuration(duration) ?? 0

function bounded<In, Unit extends 'ms' | 'bytes'>(unit: Unit, word: string, units: typeof msPer, example: string) {
  return ({ min, max }: { min: In & string; max: In & string }): OptionKind<In, number, Unit> => {
    const low = quantity(min, units) ?? 0
    const high = quantity(max, units) ?? Number.POSITIVE_INFINITY
    return {
      unit,
      shape: `${word}, ${min} to ${max}`,
      parse(input) {
        const value = quantity(input, units)
        if (value === undefined)
          return wrong(`${shown(input)} is not a ${word}`, `write a number and a unit, such as '${example}'`)
        if (value < low || value > high) return wrong(`${shown(input)} is out of range`, `use ${min} to ${max}`)
        return ok(value)
      },
    }
  }
}

export const duration = bounded<Duration, 'ms'>('ms', 'duration', msPer, '10s')
/** A duration, or 'off', which comes out as undefined. */
export const durationOrOff = (
  limits: Parameters<typeof duration>[0],
): OptionKind<Duration | 'off', number | undefined, 'ms'> => {
  const plain = duration(limits)
  return {
    unit: 'ms',
    shape: `${plain.shape}, or 'off'`,
    parse(input) {
      if (input === 'off') return ok(undefined)
      const read = plain.parse(input)
      return read.kind === 'ok' ? read : wrong(read.problem, `${read.fix}, or 'off'`)
    },
  }
}
export const byteSize = bounded<ByteSize, 'bytes'>('bytes', 'size', bytesPer, '64kB')

export const integer = ({ min, max }: { min: number; max: number }): OptionKind<number, number, 'none'> => ({
  unit: 'none',
  shape: `integer, ${min} to ${max}`,
  parse: (input) =>
    typeof input === 'number' && Number.isInteger(input) && input >= min && input <= max
      ? ok(input)
      : wrong(`${shown(input)} is not an integer from ${min} to ${max}`, `use an integer from ${min} to ${max}`),
})

export const oneOf = <const Choice extends string>(
  ...choices: readonly Choice[]
): OptionKind<Choice, Choice, 'none'> => ({
  unit: 'none',
  shape: choices.map((choice) => `'${choice}'`).join(' | '),
  parse(input) {
    const found = choices.find((choice) => choice === input)
    const list = choices.map((choice) => `'${choice}'`).join(', ')
    return found === undefined ? wrong(`${shown(input)} is not one of ${list}`, `use one of ${list}`) : ok(found)
  },
})

export const bool = (): OptionKind<boolean, boolean, 'none'> => ({
  unit: 'none',
  shape: 'boolean',
  parse: (input) =>
    typeof input === 'boolean' ? ok(input) : wrong(`${shown(input)} is not a boolean`, 'use true or false'),
})

/** What Kafka takes as the id of an instance, or as the name of a topic. */
export const kafkaName = (): OptionKind<string, string, 'none'> => ({
  unit: 'none',
  shape: 'string of letters, digits, dots, underscores and hyphens, at most 249',
  parse: (input) =>
    typeof input === 'string' && /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/.test(input)
      ? ok(input)
      : wrong(`${shown(input)} is not a name that Kafka takes`, 'use letters, digits, dots, underscores and hyphens'),
})

export const text = (): OptionKind<string, string, 'none'> => ({
  unit: 'none',
  shape: 'string',
  parse: (input) =>
    typeof input === 'string' && input.trim() !== ''
      ? ok(input)
      : wrong(`${shown(input)} is not a non-empty string`, 'pass a non-empty string'),
})
