/** The start of a frame, as far as the proxy reads it. */
export interface FrameHeader {
  readonly correlationId: number
  /** Only a request names its API; an answer is told by its correlation id. */
  readonly request: { readonly apiKey: number; readonly version: number; readonly clientId: string | null } | undefined
}

/** Bytes of one frame, in order. `header` stands on the first piece of each. */
export interface FramePiece {
  readonly header: FrameHeader | undefined
  readonly bytes: Buffer
}

type ReadHeader = (frame: Buffer, size: number) => FrameHeader | 'more' | 'not-kafka'

/** Above any frame of a sane client or broker: what claims more is no Kafka, so nothing of it is interpreted. */
const largestFrame = 256 * 1024 * 1024

/**
 * Cuts a stream of Kafka frames (int32 size, then the frame) at their borders, however the bytes arrive. Pieces are views
 * of the chunks: only the header of a frame that is split over two chunks is put together. Bytes that are no Kafka pass
 * through untouched, as one frame without an end.
 */
export function createFrameSplitter(readHeader: ReadHeader): (chunk: Buffer) => FramePiece[] {
  let held: Buffer = Buffer.alloc(0) // the start of a frame whose header is not complete
  let left = 0 // bytes of the current frame still to come
  let opaque = false

  return (chunk) => {
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    held = Buffer.alloc(0)
    const pieces: FramePiece[] = []
    const take = (bytes: number, header?: FrameHeader) => {
      const taken = Math.min(bytes, rest.length)
      pieces.push({ header, bytes: rest.subarray(0, taken) })
      rest = rest.subarray(taken)
      return bytes - taken
    }
    while (rest.length > 0) {
      if (opaque) take(rest.length)
      else if (left > 0) left = take(left)
      else {
        const header = headerOf(rest, readHeader)
        if (header === 'more') {
          held = rest
          break
        }
        if (header === 'not-kafka') opaque = true
        else left = take(4 + rest.readInt32BE(0), header)
      }
    }
    return pieces
  }
}

function headerOf(bytes: Buffer, readHeader: ReadHeader): ReturnType<ReadHeader> {
  if (bytes.length < 4) return 'more'
  const size = bytes.readInt32BE(0)
  return size < 4 || size > largestFrame ? 'not-kafka' : readHeader(bytes.subarray(4), size)
}

/** int16 api key, int16 version, int32 correlation id, nullable string client id: request header versions 1 and 2 alike. */
export const readRequestHeader: ReadHeader = (frame, size) => {
  if (size < 10) return 'not-kafka'
  if (frame.length < 10) return 'more'
  const length = frame.readInt16BE(8)
  if (10 + Math.max(length, 0) > size) return 'not-kafka'
  if (frame.length < 10 + Math.max(length, 0)) return 'more'
  const clientId = length < 0 ? null : frame.toString('utf8', 10, 10 + length)
  const request = { apiKey: frame.readInt16BE(0), version: frame.readInt16BE(2), clientId }
  return { correlationId: frame.readInt32BE(4), request }
}

export const readAnswerHeader: ReadHeader = (frame) =>
  frame.length < 4 ? 'more' : { correlationId: frame.readInt32BE(0), request: undefined }
