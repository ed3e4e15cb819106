/**
 * Cuts a stream of bytes into frames: an int32 length, then so many bytes. What has arrived of a frame is kept in one buffer that
 * grows with what arrives, so a length that promises much costs nothing, and slices of one byte cost what they hold.
 */
export interface FrameSplitter {
  push(chunk: Buffer): void
  /** The next whole frame without its length; undefined until more arrives; 'malformed' for good once a length is impossible. */
  next(): Buffer | undefined | 'malformed'
  /** Bytes that were pushed and not yet handed out. */
  readonly bufferedBytes: number
}

const lengthBytes = 4
const firstCapacity = 4096

export function createFrameSplitter(maxFrameBytes: number): FrameSplitter {
  let held: Buffer = Buffer.alloc(0)
  /** What is held and not handed out is `held[start, end)`; behind `end` there may be room. */
  let start = 0
  let end = 0

  const append = (chunk: Buffer): void => {
    const buffered = end - start
    if (buffered === 0) {
      held = chunk
      start = 0
      end = chunk.length
      return
    }
    const needed = buffered + chunk.length
    // A chunk of the socket's has no room behind its end, so nothing is ever written into one.
    if (end + chunk.length > held.length) {
      const grown = Buffer.allocUnsafeSlow(capacityFor(needed, promised(held, start, end)))
      held.copy(grown, 0, start, end)
      held = grown
      start = 0
      end = buffered
    }
    chunk.copy(held, end)
    end += chunk.length
  }

  return {
    push: append,
    next() {
      if (end - start < lengthBytes) return undefined
      const length = held.readInt32BE(start)
      if (length <= 0 || length > maxFrameBytes) return 'malformed'
      if (end - start < lengthBytes + length) return undefined
      const frame = held.subarray(start + lengthBytes, start + lengthBytes + length)
      start += lengthBytes + length
      // A handed-out frame is its reader's: room behind it may be used, the bytes before it are never written again.
      return frame
    },
    get bufferedBytes() {
      return end - start
    },
  }
}

/** How long the frame at the head says that it is, with its length; 0 where that is not known yet. */
const promised = (held: Buffer, start: number, end: number): number =>
  end - start < lengthBytes ? 0 : held.readInt32BE(start) + lengthBytes

/** At least what is there, at most double that or what is promised: memory follows bytes that have really arrived. */
function capacityFor(needed: number, promisedBytes: number): number {
  const generous = Math.max(needed * 2, firstCapacity)
  return promisedBytes > needed ? Math.min(promisedBytes, generous) : generous
}
