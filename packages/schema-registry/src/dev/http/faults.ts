/** A request as it came in. */
export interface RegistryRequest {
  readonly method: string
  /** With its query, such as `/schemas/ids/7?fetchMaxId=false`. */
  readonly url: string
}

/** How a request goes wrong. */
export type RegistryFault = (
  | {
      /** It is answered with this status and does nothing. */
      readonly status: number
    }
  | {
      /** Its connection ends without an answer. */
      readonly close: true
    }
  | {
      /** It does what it asks for, this many milliseconds late. */
      readonly delayMs: number
    }
) & {
  /** How many requests. Default 1; `Infinity` is until `clear`. */
  readonly times?: number
  /** Which ones. Default every one. */
  readonly on?: (request: RegistryRequest) => boolean
}

/** Faults that wait for their requests; the one that was added first strikes first. */
export interface RegistryFaults {
  add(fault: RegistryFault): void
  /** The fault that strikes this request, counted. */
  strike(request: RegistryRequest): RegistryFault | undefined
  clear(): void
}

export function createFaults(): RegistryFaults {
  let waiting: { readonly fault: RegistryFault; left: number }[] = []
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),
    strike(request) {
      const struck = waiting.find(({ fault }) => fault.on?.(request) ?? true)
      if (struck === undefined) return undefined
      struck.left -= 1
      waiting = waiting.filter(({ left }) => left > 0)
      return struck.fault
    },
    clear() {
      waiting = []
    },
  }
}
