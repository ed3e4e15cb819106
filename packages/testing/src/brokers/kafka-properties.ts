/** A listener beside the plaintext one, for security tests. */
export interface ExtraListener {
  /** Upper-case letters and digits, such as `SASL`; also the key in `BrokerUnderTest.listeners`. */
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL'
  /** Settings of this listener alone, without the `listener.name.<name>.` in front. */
  readonly properties?: Readonly<Record<string, string>>
  /** The port on 127.0.0.1 that clients of this listener are sent to, such as that of a proxy. Default its own. */
  readonly advertisedPort?: number
}

export interface NodeAddress {
  readonly directory: string
  readonly nodeId: number
  /** `id@host:port` of every controller, separated by commas: the same on all nodes of a cluster. */
  readonly voters: string
  readonly port: number
  readonly controllerPort: number
  /** One port per extra listener, in their order. */
  readonly extraPorts: readonly number[]
}

/** Names that the launcher decides: another value would contradict the formatted directory or the picked ports. */
const decided = [
  'process.roles',
  'node.id',
  'log.dirs',
  'listeners',
  'advertised.listeners',
  'listener.security.protocol.map',
]

/** The names in `properties` that a caller can't set. */
export const refusedProperties = (properties: Readonly<Record<string, string>>): string[] =>
  Object.keys(properties).filter((name) => decided.includes(name) || name.startsWith('controller.'))

/** The text of server.properties. `@DIR@` is the broker's own directory in the caller's values as well. */
export function serverProperties(
  template: string,
  address: NodeAddress,
  { listeners, properties }: { listeners: readonly ExtraListener[]; properties: Readonly<Record<string, string>> },
): string {
  const lines = [...listenerLines(listeners, address.extraPorts), ...Object.entries(properties).map(propertyLine)]
  return `${template}\n${lines.join('\n')}\n`
    .replaceAll('@DIR@', () => escapeValue(address.directory))
    .replaceAll('@ID@', String(address.nodeId))
    .replaceAll('@VOTERS@', address.voters)
    .replaceAll('@PORT@', String(address.port))
    .replaceAll('@CPORT@', String(address.controllerPort))
}

function listenerLines(listeners: readonly ExtraListener[], ports: readonly number[]): string[] {
  if (listeners.length === 0) return []
  const at = (portOf: (listener: ExtraListener, index: number) => number | undefined) =>
    listeners.map((listener, index) => `,${listener.name}://127.0.0.1:${portOf(listener, index)}`).join('')
  const protocols = listeners.map(({ name, protocol }) => `,${name}:${protocol}`).join('')
  const own = listeners.flatMap(({ name, properties = {} }) =>
    Object.entries(properties).map(([key, value]) =>
      propertyLine([`listener.name.${name.toLowerCase()}.${key}`, value]),
    ),
  )
  return [
    `listeners=PLAINTEXT://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CPORT@${at((_listener, index) => ports[index])}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:@PORT@${at((listener, index) => listener.advertisedPort ?? ports[index])}`,
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT${protocols}`,
    ...own,
  ]
}

const propertyLine = ([name, value]: readonly [string, string]): string => `${name}=${escapeValue(value)}`

/** Java's property files read a backslash as an escape and a line end as the end of the value. */
const escapeValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^\s/, '\\$&')
