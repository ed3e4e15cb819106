/** One line that a service wrote to its log. */
export interface LogLine {
  readonly service: string
  readonly msg: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A field as text. Offsets are numbers, or text where a number would not hold them. */
export function textOf(fields: LogLine['fields'], name: string): string {
  const value = fields[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?'
}

/** Everything that one service has said, for those who wait for a line of it. */
export interface LogBook {
  readonly last: LogLine | undefined
  add(line: LogLine): void
  /** Nothing more will come; whoever waits is told why. */
  end(reason: () => Error): void
  /** Resolves with the first line that fits, also one from before the call. Rejects at the end, and with the signal. */
  said(fits: (line: LogLine) => boolean, signal: AbortSignal): Promise<LogLine>
}

export function createLogBook(): LogBook {
  const lines: LogLine[] = []
  const listeners = new Set<() => void>()
  let ended: (() => Error) | undefined
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  return {
    get last() {
      return lines.at(-1)
    },
    add(line) {
      lines.push(line)
      changed()
    },
    end(reason) {
      ended = reason
      changed()
    },
    said: (fits, signal) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          listeners.delete(look)
          signal.removeEventListener('abort', look)
          act()
        }
        const look = (): void => {
          const found = lines.find(fits)
          if (found !== undefined) settle(() => resolve(found))
          else if (ended !== undefined) settle(() => reject(ended?.() ?? new Error('ended')))
          else if (signal.aborted) settle(() => reject(signal.reason))
        }
        listeners.add(look)
        signal.addEventListener('abort', look)
        look()
      }),
  }
}

/** Undefined for a line that is no log line. */
export function parseLogLine(service: string, text: string): LogLine | undefined {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields !== 'object' || fields === null || !('msg' in fields)) return undefined
    return { service, msg: String(fields.msg), fields: { ...fields } }
  } catch {
    return undefined // no JSON is no log line
  }
}
