import { isObject, type Json, parseJson } from '../schemas/json-value.js'

export interface RegistryAnswer {
  readonly status: number
  /** Parsed, or the text where it is no JSON. */
  readonly body: Json
  readonly headers: Headers
}

/** Calls the API of a registry, one request for each call. */
export interface RegistryClient {
  get(path: string): Promise<RegistryAnswer>
  post(path: string, body: unknown): Promise<RegistryAnswer>
  put(path: string, body: unknown): Promise<RegistryAnswer>
  delete(path: string): Promise<RegistryAnswer>
  /** The id that a schema is registered under. Throws where it is refused. */
  register(subject: string, schema: unknown, more?: object): Promise<number>
}

export function registryClient(url: string, headers: Readonly<Record<string, string>> = {}): RegistryClient {
  const call = async (method: string, path: string, body?: unknown): Promise<RegistryAnswer> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json', ...headers },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: parseJson(text)?.value ?? text, headers: answer.headers }
  }
  const client: RegistryClient = {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
    async register(subject, schema, more = {}) {
      const { status, body } = await client.post(`/subjects/${subject}/versions`, {
        schema: schemaText(schema),
        ...more,
      })
      if (status === 200 && isObject(body) && typeof body['id'] === 'number') return body['id']
      throw new Error(`registering under ${subject}: ${status} ${JSON.stringify(body)}`)
    },
  }
  return client
}

/** A schema as it is sent: .proto files are text already, all others are JSON. */
export const schemaText = (schema: unknown): string =>
  typeof schema === 'string' && schema.startsWith('syntax') ? schema : JSON.stringify(schema)
