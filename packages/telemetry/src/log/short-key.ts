const maxBytes = 64

/** A record key for a log line: printable, and at most 64 bytes; an ellipsis says that there was more. */
export function shortKey(key: unknown): string | null {
  if (key === null) return null
  // Escaping never shortens, so what stands behind the first 64 can't be shown.
  const chars =
    key instanceof Uint8Array
      ? Buffer.from(key.buffer, key.byteOffset, Math.min(key.byteLength, maxBytes + 1)).toString('latin1')
      : textOf(key).slice(0, maxBytes + 1)
  const escape = key instanceof Uint8Array ? escapeByte : escapeChar
  let shown = ''
  for (const char of chars) {
    const next = shown + escape(char)
    if (Buffer.byteLength(next) > maxBytes) return `${shown}…`
    shown = next
  }
  return shown
}

/** Keys that a serde made an object of are JSON here; what JSON refuses has no form. */
function textOf(key: unknown): string {
  if (typeof key === 'string') return key
  try {
    return JSON.stringify(key) ?? typeof key
  } catch {
    return `<${typeof key}>` // a bigint, a circle or a toJSON that throws
  }
}

const isPlain = (char: string): boolean => char >= ' ' && char <= '~' && char !== '\\'

const hex = (char: string, digits: number): string => (char.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')

const escapeByte = (char: string): string => (isPlain(char) ? char : `\\x${hex(char, 2)}`)

const escapeChar = (char: string): string =>
  isPlain(char) || (char > '\u00a0' && char !== '\u2028' && char !== '\u2029') ? char : `\\u${hex(char, 4)}`
