import type { Logger } from '@millrace/core'

/** One JSON object per line on standard output, as a service logs; an error as its name, code and message. */
export function createJsonLineLogger(bindings: Readonly<Record<string, unknown>> = {}): Logger {
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      process.stdout.write(`${JSON.stringify({ level, msg: message, ...bindings, ...fields }, plain)}\n`)
    }
  return {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => createJsonLineLogger({ ...bindings, ...more }),
  }
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (!(value instanceof Error)) return value
  const { name, message } = value
  return { name, message, ...('code' in value ? { code: value.code } : {}) }
}
