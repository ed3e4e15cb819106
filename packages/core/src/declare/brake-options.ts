import { duration, integer, type OptionKind } from '../option-kinds.js'
import { type InputOf, option, resolveOptions, type ResolvedOf } from '../option.js'

/** Options of `brake`. */
export const brakeOptions = {
  share: option({
    kind: integer({ min: 1, max: 99 }),
    default: 50,
    doc: 'The brake acts when more than so many percent of the last `records` records of a partition would become dead letters for one and the same fault: the same handler, error type, code and message, numbers and quoted parts left out.',
  }),
  records: option({
    kind: integer({ min: 10, max: 10_000 }),
    default: 100,
    doc: 'How many records that are. Up to so many dead letters are written before the brake acts.',
  }),
  window: option({
    kind: duration({ min: '1s', max: '1h' }),
    default: '60s',
    doc: 'All of them within this time: a partition that gets fewer records is never braked.',
  }),
  probe: option({
    kind: duration({ min: '1s', max: '1h' }),
    default: '30s',
    doc: 'How often the record that is held runs again. When it passes, or fails in another way, the partition goes on.',
  }),
} as const

export type BrakeOptionsInput = InputOf<typeof brakeOptions>
export type ResolvedBrakeOptions = ResolvedOf<typeof brakeOptions>

export const brakeDefaults = resolveOptions(brakeOptions, {}, 'brake').value

const isTable = (input: unknown): input is object =>
  typeof input === 'object' && input !== null && !Array.isArray(input)

/** Comes out as undefined where it is off. */
export const brakeKind: OptionKind<BrakeOptionsInput | 'off', ResolvedBrakeOptions | undefined, 'none'> = {
  unit: 'none',
  shape: "an object of [brake options](#brake), or 'off'",
  parse(input) {
    if (input === 'off') return { kind: 'ok', value: undefined }
    if (input === undefined) return { kind: 'ok', value: brakeDefaults }
    if (!isTable(input))
      return { kind: 'wrong', problem: 'is neither brake options nor off', fix: "pass { records: 100 }, or 'off'" }
    const { value, problems } = resolveOptions(brakeOptions, input, 'brake')
    const [first] = problems
    if (first === undefined) return { kind: 'ok', value }
    return {
      kind: 'wrong',
      problem: problems.map(({ where, problem }) => `${where} ${problem}`).join('; '),
      fix: first.fix,
    }
  },
}
