import type { RecordInstrument } from '@millrace/core'

/** Several instruments as one. Undefined for none; of traces there is the first only. */
export function joinInstruments(instruments: readonly (RecordInstrument | undefined)[]): RecordInstrument | undefined {
  const given = instruments.filter((instrument) => instrument !== undefined)
  if (given.length < 2) return given[0]
  const hearing = given.flatMap(({ ran }) => ran ?? [])
  const begin = given.find((instrument) => instrument.begin !== undefined)?.begin
  return {
    ...(begin === undefined ? {} : { begin }),
    ran(...attempt) {
      for (const ran of hearing) ran(...attempt)
    },
  }
}
