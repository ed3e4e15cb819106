import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isUnavailable, startEmbeddedBroker, startJvmBroker } from '@millrace/testing'

/** A broker that a benchmark measures. */
export interface BenchStand {
  readonly name: string
  readonly bootstrap: readonly string[]
  readonly stop: () => Promise<void>
}

const memory = '1GiB'

/** As users of another language start it: by its command. */
export async function ownProcess(): Promise<BenchStand> {
  const manifest = fileURLToPath(import.meta.resolve('@millrace/broker/package.json'))
  const command = manifest.replace(/package\.json$/, 'dist/cli/main.js')
  const child = spawn(process.execPath, [command, '--port', '0', '--quiet', '--memory', memory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // A benchmark that is interrupted leaves nothing behind.
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const bootstrap = await addressOf(child)
  return {
    name: 'embedded broker in a process of its own',
    bootstrap: [bootstrap],
    async stop() {
      process.off('exit', kill)
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function addressOf(
  child: ChildProcess & { readonly stdout: NonNullable<ChildProcess['stdout']> },
): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^listening on (\S+)$/.exec(line)?.[1]
    if (address !== undefined) return address
  }
  throw new Error('The embedded broker ended before it listened.')
}

/** As in tests: beside its client in one event loop. */
export async function sameProcess(): Promise<BenchStand> {
  const broker = await startEmbeddedBroker({ memoryLimit: memory })
  return {
    name: 'embedded broker in the process of its client',
    bootstrap: broker.bootstrap,
    stop: () => broker.stop(),
  }
}

export async function onJvm(): Promise<BenchStand> {
  const broker = await startJvmBroker()
  if (isUnavailable(broker)) throw new Error(`This benchmark needs Kafka: ${broker.unavailable}`)
  return { name: 'Apache Kafka 4.3.1 on a JVM', bootstrap: broker.bootstrap, stop: () => broker.stop() }
}
