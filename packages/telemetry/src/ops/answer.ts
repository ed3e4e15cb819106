import type { ServerResponse } from 'node:http'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly isHead?: boolean
}

/** Offsets are text: a JSON number does not hold every one of them. */
export const json = (status: number, value: unknown, headers: Answer['headers'] = {}): Answer => ({
  ...{ status, type: 'application/json; charset=utf-8', headers },
  body: `${JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part))}\n`,
})

export function send(response: ServerResponse, { status, type, body, headers, isHead }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(isHead === true ? undefined : body)
}
