/** One timed piece of work. Its records and checksum are compared with what the workload expects: wrong work is no result. */
export type Run = {
  readonly records: number
  readonly seconds: number
  readonly checksum: string
  /** User and system time of this process (and of its own workers) while it ran. */
  readonly cpuSeconds: number
}

export type Side = {
  /** Name and version, as it should be printed: "kafkajs 2.2.4 eachBatch". */
  readonly name: string
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Does all of the work once. Whatever has to be warm is warmed up in here, before its clock starts. */
  run(): Promise<Run>
}

export type Expected = Pick<Run, 'records' | 'checksum'>

export type Contest = {
  readonly ours: Side
  readonly baseline: Side
  readonly expected: Expected
  /** What both sides share: brokers, partitions, record size and headers, warm-up. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  close?(): Promise<void>
}

/** `contains` is for checks of the harness itself: the interval must hold this value. */
export type Target = { readonly kind: 'at-least' | 'at-most' | 'contains'; readonly ratio: number }

type Named = {
  readonly title: string
  /** What limits both sides: a result without its bottleneck is a guess. */
  readonly bottleneck: string
}

export type ContestWorkload = Named & {
  /**
   * `paired`: alternating runs in this process, median of the per-pair ratios.
   * `minimum`: every run in a fresh process, minimum of each side, for micro-benchmarks. `open` is then called in each of
   * these processes, and the warm-up is the side's own.
   */
  readonly kind: 'paired' | 'minimum'
  /** `rate`: records per second, ours over the baseline's. `cost`: seconds per record, ours over the baseline's. */
  readonly metric: 'rate' | 'cost'
  readonly target: Target
  readonly pairs?: number
  readonly confidence?: number
  open(): Promise<Contest>
}

/** One number with a limit, where there is nothing to compare with: megabytes, percent of a core. */
export type LimitWorkload = Named & {
  readonly kind: 'limit'
  readonly unit: string
  readonly atMost: number
  measure(): Promise<{ readonly value: number; readonly settings: Contest['settings'] }>
}

export type Workload = ContestWorkload | LimitWorkload
