import { connect, type Socket } from 'node:net'
import { TestKitError } from '../brokers/test-kit-error.js'
import { integer, type Shape, text } from './json-shape.js'

export interface CallLimits {
  /** Milliseconds until the call is given up, in the probe and here. Default 30,000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ProbeConnection {
  /** Sends a command and resolves with its `done`; `onPart` sees each `part` before that. */
  call<T>(command: Command, shape: Shape<T>, limits?: CallLimits, onPart?: (part: unknown) => void): Promise<T>
  close(): Promise<void>
}

export interface Command {
  readonly command: string
  readonly [field: string]: unknown
}

interface Pending {
  readonly onPart: ((part: unknown) => void) | undefined
  readonly done: (value: unknown) => void
  readonly fail: (error: Error) => void
}

const defaultTimeoutMs = 30_000
/** The probe answers its own timeout with a reason; this is only for a probe that does not. */
const answerGraceMs = 5000

/** JSON lines with a running probe. Connects on the first call, so that making one costs nothing. */
export function createProbeConnection(port: number, bootstrap: readonly string[]): ProbeConnection {
  const pending = new Map<number, Pending>()
  let socket: Socket | undefined
  let lastId = 0

  const failAll = (reason: string) => {
    for (const { fail } of pending.values()) fail(new TestKitError('MILLRACE_TEST_PROBE_FAILED', reason))
    pending.clear()
    socket = undefined
  }
  const connected = () => {
    if (socket !== undefined) return socket
    const opened = connect({ host: '127.0.0.1', port, noDelay: true })
    opened.on(
      'data',
      createLineSplitter((line) => settle(pending, line)),
    )
    opened.on('error', (error) => failAll(`the probe on port ${port} is not reachable: ${error.message}`))
    opened.on('close', () => failAll(`the probe on port ${port} closed the connection`))
    socket = opened
    return opened
  }

  return {
    call: (command, shape, { timeoutMs = defaultTimeoutMs, signal } = {}, onPart) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        lastId += 1
        const id = lastId
        const giveUp = AbortSignal.timeout(timeoutMs + answerGraceMs)
        const limit = signal === undefined ? giveUp : AbortSignal.any([giveUp, signal])
        const onAbort = () => finish(() => reject(limit.reason))
        const finish = (act: () => void) => {
          limit.removeEventListener('abort', onAbort)
          pending.delete(id)
          act()
        }
        limit.addEventListener('abort', onAbort)
        pending.set(id, {
          onPart,
          done: (value) => finish(() => resolve(shape(value, command.command))),
          fail: (error) => finish(() => reject(error)),
        })
        connected().write(`${JSON.stringify({ ...command, id, timeoutMs, bootstrap: bootstrap.join(',') })}\n`)
      }),
    async close() {
      const open = socket
      if (open === undefined) return
      const closed = new Promise((resolve) => open.once('close', resolve))
      open.destroy()
      await closed
    },
  }
}

function settle(pending: ReadonlyMap<number, Pending>, line: string): void {
  const answer: unknown = JSON.parse(line)
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return
  const call = pending.get(integer(answer.id, 'id'))
  if (call === undefined) return // given up meanwhile
  try {
    if ('part' in answer) call.onPart?.(answer.part)
    else if ('error' in answer) call.fail(refusal(answer))
    else if ('done' in answer) call.done(answer.done)
  } catch (cause) {
    call.fail(new TestKitError('MILLRACE_TEST_PROBE_FAILED', 'the probe answered in an unknown form', { cause }))
  }
}

function refusal(answer: { readonly error?: unknown; readonly message?: unknown }): TestKitError {
  const kafkaError = text(answer.error, 'error')
  return new TestKitError('MILLRACE_TEST_PROBE_FAILED', `${kafkaError}: ${String(answer.message)}`, { kafkaError })
}

/** Splits at line feeds only: `node:readline` would also split at U+2028, which JSON text may contain. */
export function createLineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest: Buffer[] = []
  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      onLine(Buffer.concat([...rest, chunk.subarray(start, end)]).toString())
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
  }
}
