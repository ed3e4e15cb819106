import { request } from 'node:http'
import { isUnavailable, type BrokerUnavailable } from './broker-under-test.js'

export interface DockerEngine {
  /** Where published ports of its containers are reached. */
  readonly host: string
}

type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number }

const pingTimeoutMs = 3000

/** Asks the engine itself (`GET /_ping`): an installed client says nothing about whether containers can run. */
export async function findDockerEngine(env: NodeJS.ProcessEnv): Promise<DockerEngine | BrokerUnavailable> {
  const address = engineAddress(env['DOCKER_HOST'])
  if (isUnavailable(address)) return address
  const problem = await ping(address)
  if (problem !== undefined) return { unavailable: `no Docker engine answers at ${nameOf(address)} (${problem})` }
  return { host: 'host' in address ? address.host : '127.0.0.1' }
}

/** `unix:///path` and `tcp://host:port`; TLS and ssh engines are not asked. */
export function engineAddress(dockerHost: string | undefined): EngineAddress | BrokerUnavailable {
  const text = dockerHost || 'unix:///var/run/docker.sock'
  const [, socketPath] = /^unix:\/\/(\/.+)$/.exec(text) ?? []
  if (socketPath !== undefined) return { socketPath }
  const [, host, port] = /^(?:tcp|http):\/\/([^:/]+):(\d+)\/?$/.exec(text) ?? []
  if (host !== undefined) return { host, port: Number(port) }
  return { unavailable: `DOCKER_HOST=${text} is neither unix:// nor tcp://host:port` }
}

const nameOf = (address: EngineAddress): string =>
  'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`

function ping(address: EngineAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ ...address, path: '/_ping', signal: AbortSignal.timeout(pingTimeoutMs) }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`)
    })
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asked.end()
  })
}
