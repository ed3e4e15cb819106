import type { Sample } from './take-sample.js'

export interface SampleLimits {
  /** The heap, and the memory of Buffers, may each grow by so much per minute, bytes; measured behind the warm-up. */
  readonly perMinuteAtMost: number
  /** And by so much per rebalance, or whatever is done over and over. */
  readonly perStepAtMost: number
  /** Samples at the start that only warm up: code is compiled, caches fill. Default a quarter of all. */
  readonly warmUp?: number
  /** What a step is called. Default `rebalance`. */
  readonly step?: string
}

/** Growth in bytes. */
export interface Slope {
  readonly perMinute: number
  readonly perStep: number
}

export type Slopes = Readonly<Record<Memory, Slope>>

type Memory = 'heap' | 'buffers' | 'resident'

/** Kinds that a process has when it likes: its output and its thread pool, and requests that are on their way. */
const notCounted: readonly string[] = [
  ...['TTYWrap', 'PipeWrap', 'FSReqPromise', 'FSReqCallback', 'Immediate', 'CloseReq'],
  ...['ConnectWrap', 'WriteWrap', 'ShutdownWrap', 'GetAddrInfoReqWrap'],
]

/** Whether a handle of this kind may be a leak. */
export const isCounted = (kind: string): boolean => !notCounted.includes(kind)

/** O11: as many handles and listeners in the end as after the warm-up, and a flat heap. Pure. */
export function judgeSamples(samples: readonly Sample[], limits: SampleLimits): readonly string[] {
  const measured = behindWarmUp(samples, limits)
  const [first, last] = [measured[0], measured.at(-1)]
  if (first === undefined || last === undefined || measured.length < 3) return ['there are too few samples to judge by']
  const slopes = slopesOf(samples, limits)
  const kinds = [...new Set(measured.flatMap(({ handles }) => Object.keys(handles)))]
  return [
    ...kinds
      .filter((kind) => isCounted(kind) && (last.handles[kind] ?? 0) > (first.handles[kind] ?? 0))
      .map((kind) => `${first.handles[kind] ?? 0} handles ${kind} became ${last.handles[kind]}`),
    ...(last.listeners > first.listeners ? [`${first.listeners} listeners became ${last.listeners}`] : []),
    ...(['heap', 'buffers'] as const)
      .filter((memory) => isSteep(slopes[memory], limits))
      .map((memory) => `${memory}: ${growth(slopes[memory], limits.step)} is more than memory that is let go of`),
  ]
}

/** Over a short time any noise is steep, and over few steps too: a leak is steep in both. */
const isSteep = ({ perMinute, perStep }: Slope, limits: SampleLimits): boolean =>
  perMinute > limits.perMinuteAtMost && perStep > limits.perStepAtMost

export function slopesOf(samples: readonly Sample[], limits: Pick<SampleLimits, 'warmUp'> = {}): Slopes {
  const measured = behindWarmUp(samples, limits)
  const slope = (memory: Memory): Slope => ({
    perMinute: slopeOf(measured.map((sample) => [sample.atMs / 60_000, sample[memory]])),
    perStep: slopeOf(measured.map((sample) => [sample.steps, sample[memory]])),
  })
  return { heap: slope('heap'), buffers: slope('buffers'), resident: slope('resident') }
}

const behindWarmUp = (samples: readonly Sample[], { warmUp }: Pick<SampleLimits, 'warmUp'>): readonly Sample[] =>
  samples.slice(warmUp ?? Math.floor(samples.length / 4))

/** Least squares; 0 where all points stand above each other. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)]
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
}

export const growth = ({ perMinute, perStep }: Slope, step = 'rebalance'): string =>
  `${kilobytes(perMinute)} a minute, ${kilobytes(perStep)} a ${step}`

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
