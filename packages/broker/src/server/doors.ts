import type { Socket } from 'node:net'
import type { Address } from '../requests/answer.js'
import { type Listener, listen } from './listener.js'

/** Whoever comes in by it is told to come back by it, or to `advertised`. */
export interface ExtraListener {
  readonly name: string
  /** 0: any that is free. */
  readonly port: number
  readonly advertised: Address | undefined
}

export interface DoorsOptions {
  readonly host: string
  readonly port: number
  /** Listeners beside the first one. */
  readonly extra: readonly ExtraListener[]
  readonly maxConnections: number
  /** `advertised`: undefined where it is the address of the first listener. */
  readonly onConnection: (socket: Socket, advertised: Address | undefined) => void
}

/** Every port of one broker. They open and close together. */
export interface Doors {
  /** Of the first one. The first opening chooses a port where it was 0, and later ones take it again. */
  readonly port: number
  /** Of the others, by name. */
  ports(): Readonly<Record<string, number>>
  /** All or none. */
  open(): Promise<void>
  /** Connections that are there are their owner's to close; the promise waits for that. */
  close(): Promise<void>
}

interface Door {
  readonly name: string
  port: number
  readonly advertised: Address | undefined
  listener: Listener | undefined
}

export function createDoors({ host, port, extra, maxConnections, onConnection }: DoorsOptions): Doors {
  const main: Door = { name: '', port, advertised: undefined, listener: undefined }
  const others = extra.map((one): Door => ({ ...one, listener: undefined }))
  const doors = [main, ...others]

  const openOne = async (door: Door): Promise<void> => {
    const told = (): Address | undefined => (door === main ? undefined : (door.advertised ?? { host, port: door.port }))
    door.listener = await listen({
      host,
      port: door.port,
      maxConnections,
      onConnection: (socket) => onConnection(socket, told()),
    })
    door.port = door.listener.port
  }
  const close = async (): Promise<void> => {
    const closing = doors.flatMap((door) => door.listener?.close() ?? [])
    for (const door of doors) door.listener = undefined
    await Promise.all(closing)
  }

  return {
    get port() {
      return main.port
    },
    ports: () => Object.fromEntries(others.map((door) => [door.name, door.port])),
    async open() {
      try {
        for (const door of doors) await openOne(door)
      } catch (error) {
        // Not waited for: somebody may have come in already, and is the caller's to close.
        void close()
        throw error
      }
    },
    close,
  }
}
