import { parseArgs } from 'node:util'
import { runDemo } from './run-demo.js'
import type { Where } from './stage/kafka.js'

// pnpm demo [--brokers host:port | --kafka] [--only orders|pipeline] [--stay] [--port 5000]: exit code 0 when every number is what it should be.
const { values } = parseArgs({
  options: {
    brokers: { type: 'string' },
    kafka: { type: 'boolean', default: false },
    only: { type: 'string' },
    stay: { type: 'boolean', default: false },
    port: { type: 'string' },
  },
})
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
}
try {
  const isFine = await runDemo({
    where: whereFrom(values),
    only: values.only,
    stay: values.stay,
    port: Number(values.port ?? (values.stay ? 5000 : 0)),
    out: process.stdout,
    signal: stop.signal,
  })
  process.exitCode = isFine ? 0 : 1
} catch (error) {
  process.stderr.write(`\nthe demo failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
// Signal handlers would not keep it alive, and nothing else should.

function whereFrom({ brokers, kafka }: { readonly brokers?: string | undefined; readonly kafka: boolean }): Where {
  if (brokers !== undefined && kafka) throw new Error('--brokers and --kafka exclude each other')
  if (brokers !== undefined) return { kind: 'external', brokers }
  return { kind: kafka ? 'jvm' : 'embedded' }
}
