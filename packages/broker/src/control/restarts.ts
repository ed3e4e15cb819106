import type { Clock } from '../clock/clock.js'

/** What has timers or takes connections, and can be away for a while without forgetting anything. */
export interface RestartParts {
  readonly clock: Clock
  readonly server: { start(): Promise<void>; stop(): Promise<void> }
  /** Suspended once nobody is connected, resumed before anybody can connect. */
  readonly suspended: readonly { suspend(): void; resume(): void }[]
}

/** The ways of one broker to be gone and to come back. */
export interface Restarts {
  /** Ends every connection and listens no more. Returns how to come back. Waits for a restart that is under way. */
  takeDown(): Promise<() => Promise<void>>
  /** Down for so long on the broker's clock, and up again when this resolves. One that is under way is joined. */
  restart(downMs: number): Promise<void>
  /** The broker is stopped for good: nothing comes back from now on. */
  close(): void
}

export function createRestarts({ clock, server, suspended }: RestartParts): Restarts {
  let down: Promise<() => Promise<void>> | undefined
  let restarting: Promise<void> | undefined
  let isClosed = false
  let wake: (() => void) | undefined

  async function goDown(): Promise<() => Promise<void>> {
    await server.stop()
    for (const part of suspended) part.suspend()
    let returning: Promise<void> | undefined
    return () => (returning ??= comeUp())
  }

  async function comeUp(): Promise<void> {
    down = undefined
    if (isClosed) return
    for (const part of suspended) part.resume()
    await server.start()
  }

  async function takeDown(): Promise<() => Promise<void>> {
    await restarting
    return (down ??= goDown())
  }

  async function downAndUp(downMs: number): Promise<void> {
    const bringUp = await (down ??= goDown())
    if (downMs > 0 && !isClosed) await pause(downMs)
    await bringUp()
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => resolve())
      wake = () => {
        cancel()
        resolve()
      }
    })
  }

  return {
    takeDown,
    restart: (downMs) =>
      (restarting ??= downAndUp(downMs).finally(() => {
        restarting = undefined
      })),
    close() {
      isClosed = true
      wake?.()
    },
  }
}
