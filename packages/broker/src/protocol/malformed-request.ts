/** Bytes that are not what their table says. Kafka closes the connection on them without an answer. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
}
