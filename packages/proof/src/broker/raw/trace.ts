/** What JSON can hold: an answer as it stands in a recording. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** One request of a script and what was said to it. */
export interface Step {
  /** API and version, and what distinguishes it from its neighbours where the script says so: `Fetch 11, beyond the end`. */
  readonly at: string
  /** A body, or one of the two ways of not answering. */
  readonly says: Json
  /** Only where a script measures it. */
  readonly took?: 'no time' | 'its time'
}

export type Trace = readonly Step[]
/** By the name of the script. */
export type Traces = Readonly<Record<string, Trace>>
