import { awaitReady } from './await-ready.js'
import type { BrokerUnderTest } from './broker-under-test.js'
import type { HostPort } from './raw-request.js'
import { TestKitError } from './test-kit-error.js'

/** Never KAFKA_BROKERS: that may be somebody's production, and tests create and delete topics. */
export const externalBrokersVariable = 'MILLRACE_TEST_BROKERS'

/**
 * The plaintext cluster named by MILLRACE_TEST_BROKERS, `host:port` separated by commas; undefined where it is not set.
 * It counts once one of them answers as a ready broker; throws MILLRACE_TEST_BROKER_FAILED otherwise, because somebody asked for it.
 */
export async function findExternalBroker(
  env: NodeJS.ProcessEnv,
  { timeoutMs = 15_000, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<BrokerUnderTest | undefined> {
  const addresses = parseAddresses(env[externalBrokersVariable] ?? '')
  if (addresses.length === 0) return undefined
  try {
    await Promise.any(addresses.map((address) => awaitReady(address, { timeoutMs, signal })))
  } catch (cause) {
    signal?.throwIfAborted()
    const named = env[externalBrokersVariable]
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `no broker of ${externalBrokersVariable}=${named} is ready`, {
      cause,
    })
  }
  return {
    kind: 'external',
    bootstrap: addresses.map(({ host, port }) => `${host}:${port}`),
    listeners: {},
    control: undefined,
    stop: () => Promise.resolve(),
  }
}

/** `a:1, b:2` or `[::1]:3`. Throws MILLRACE_TEST_BROKER_FAILED for anything without a port: no default could be right. */
export function parseAddresses(list: string): HostPort[] {
  const parts = list.split(',').map((part) => part.trim())
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(part) ?? []
      const host = bracketed ?? plain
      const port = Number(digits)
      if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
      throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `${externalBrokersVariable}: "${part}" is not host:port`)
    })
}
