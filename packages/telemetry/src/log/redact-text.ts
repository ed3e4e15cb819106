const maxText = 8192

export const redacted = '[redacted]'

// A mechanism is no secret, and a wrong one has to be readable; KafkaJSSASLAuthenticationError is a name in a stack.
const secretWords =
  'sasl(?![\\w.-]{0,19}(?:mechanism|error\\b))|password|passwd|secret|token|authorization|credential|api[-_]?key'

const secretName = new RegExp(secretWords, 'i')

/** Whether a field or variable of this name holds something that no log may show. */
export const isSecretName = (name: string): boolean => secretName.test(name)

/**
 * `password=x`, `"token": "x"`, `Authorization: Bearer x`, `sasl.jaas.config = x`: the name stays, the value goes.
 * `KAFKA_SASL_PASSWORD: is not set, and ...` is our own refusal and has no value.
 */
const secretInText = new RegExp(
  `((?:${secretWords})[\\w.-]{0,40}["']?\\s{0,8}[:=]\\s{0,8})(?!is (?:not )?set, )("[^"]*"?|'[^']*'?|(?:(?:bearer|basic)\\s+)?[^\\s"',;}&]+)`,
  'gi',
)
const userInUrl = /(:\/\/)[^\s/@]{1,200}@/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g

/**
 * Text that may be written to a log: at most `max` characters, secrets cut out, control characters escaped. Line breaks
 * stay: JSON escapes them.
 */
export const redactText = (text: string, max = maxText): string =>
  (text.length > max ? `${text.slice(0, max)}…` : text)
    .replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(secretInText, `$1${redacted}`)
    .replace(userInUrl, `$1${redacted}@`)
