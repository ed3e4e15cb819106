import type { IncomingMessage } from 'node:http'

/** Of one request: the verbs need a few hundred bytes. */
const maxBytes = 16 * 1024

export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'not-json' }

/** Reads a small JSON body; nothing beyond the limit is kept. Rejects when the connection ends before it is complete. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > maxBytes) return { kind: 'too-large' }
    chunks.push(part)
  }
  try {
    return { kind: 'json', value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { kind: 'not-json' } // what is wrong with it is for the sender to see
  }
}
