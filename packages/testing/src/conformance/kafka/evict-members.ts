import { createAnswerReader, type HostPort, rawRequest, text } from '../../brokers/raw-request.js'

const FIND_COORDINATOR = 10
const LEAVE_GROUP = 13

/** Leaves the group in the name of each member, which is how Kafka's own tool removes them: they learn of it by their next request. */
export async function evictMembers(
  bootstrap: readonly string[],
  group: string,
  memberIds: readonly string[],
  limitMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(limitMs)
  const ask = async (at: HostPort, apiKey: number, ...parts: readonly string[]) =>
    createAnswerReader(
      await rawRequest(at, { apiKey, apiVersion: 0, body: Buffer.concat(parts.map((part) => text(part))) }, signal),
    )
  const [first = ''] = bootstrap
  const found = await ask(parseHostPort(first), FIND_COORDINATOR, group)
  refuse(found.int16(), `the coordinator of ${group}`)
  found.int32() // node id
  const coordinator = { host: found.text() ?? '', port: found.int32() }
  for (const memberId of memberIds) {
    refuse((await ask(coordinator, LEAVE_GROUP, group, memberId)).int16(), `a member of ${group}`)
  }
}

function parseHostPort(address: string): HostPort {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}

function refuse(code: number, what: string): void {
  if (code !== 0) throw new Error(`${what}: Kafka answered with error code ${code}`)
}
