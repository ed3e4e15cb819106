import { connect } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/**
 * Real connections to a real broker; only that answers to one API, which have an error code in their last two bytes, read this code
 * instead of their own, as many times as is said.
 */
export function answeringWith(apiKey: number, errorCode: number, times = Number.POSITIVE_INFINITY): ISocketFactory {
  let left = times
  return ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect)
    const asked = new Set<number>()
    const write = socket.write.bind(socket)
    socket.write = (bytes: Uint8Array, ...rest: never[]) => {
      const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (frame.readInt16BE(4) === apiKey) asked.add(frame.readInt32BE(8))
      return write(bytes, ...rest)
    }
    socket.prependListener('data', (answer: Buffer) => {
      // One request at a time: a chunk is an answer.
      if (!asked.delete(answer.readInt32BE(4)) || left === 0) return
      left -= 1
      answer.writeInt16BE(errorCode, answer.length - 2)
    })
    return socket
  }
}
