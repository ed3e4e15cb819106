/** Cuts credentials out of a text that somebody else wrote: a proxy may send back the headers that it got. */
export function createHideSecrets(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret !== '')
  return (text) => known.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text)
}

/** What basic credentials look like on their way: by themselves, in a header, in an address. */
export const basicSecrets = (username: string, password: string): readonly string[] => [
  password,
  password === '' ? '' : Buffer.from(`${username}:${password}`).toString('base64'),
  encodeURIComponent(password),
]
