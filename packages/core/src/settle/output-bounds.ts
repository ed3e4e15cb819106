export interface OutputMarks {
  readonly bufferedOutputs: number
  readonly bufferedOutputBytes: number
}

interface Waiting {
  readonly mayGoOn: () => boolean
  readonly goOn: () => void
}

/**
 * Bounds the outputs of a worker that wait for their transaction, by count and by bytes. A lane that has reached a mark
 * waits behind its record, so the bound is the mark plus the outputs of one record per partition. While lanes wait, the
 * input buffers fill up and fetching stops.
 *
 * A lane asks `mayGoOn` even at the mark: one whose lease holds nothing that a transaction could take would wait for what
 * only it can bring, or for others whose topic may be away for good.
 */
export class OutputBounds {
  outputs = 0
  bytes = 0
  readonly #waiting = new Set<Waiting>()

  constructor(private readonly marks: OutputMarks) {}

  get isFull(): boolean {
    return this.outputs >= this.marks.bufferedOutputs || this.bytes >= this.marks.bufferedOutputBytes
  }

  took(outputs: number, bytes: number): void {
    this.outputs += outputs
    this.bytes += bytes
  }

  released(outputs: number, bytes: number): void {
    this.outputs -= outputs
    this.bytes -= bytes
    this.wake()
  }

  /** Something has changed that lanes may wait for. */
  wake(): void {
    for (const lane of [...this.#waiting]) if (lane.mayGoOn()) lane.goOn()
  }

  /** Resolves when the lane may go on, or the signal aborts. */
  wait(mayGoOn: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        this.#waiting.delete(waiting)
        signal.removeEventListener('abort', goOn)
        resolve()
      }
      const waiting = { mayGoOn, goOn }
      if (signal.aborted || mayGoOn()) return resolve()
      this.#waiting.add(waiting)
      signal.addEventListener('abort', goOn)
    })
  }
}
