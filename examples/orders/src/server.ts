import { once } from 'node:events'
import { createLogger, createProducer, isMillraceError } from 'millrace'
import { createOrdersApi } from './api/orders-api.js'
import { Orders } from './topics.js'

// The API as a process of its own: it stops on SIGTERM and SIGINT, when everything that it accepted is answered.
const log = createLogger()
try {
  const orders = createProducer(Orders, { logger: log, deliveryTimeout: '8s' })
  const api = createOrdersApi({
    send: (order, signal) => orders.send({ key: order.orderId, value: order }, signal),
    log,
    isDocumented: process.env['NODE_ENV'] !== 'production',
  })
  api.listen(Number(process.env['PORT'] ?? 5000))
  await once(api, 'listening')
  const address = api.address()
  log.info({ port: typeof address === 'object' ? address?.port : undefined }, 'the orders API listens')

  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  log.info({}, 'stopping: open requests are answered first')
  api.close()
  await once(api, 'close')
  await orders.close({ timeout: '10s' })
  log.info({}, 'stopped; everything that was accepted is in Kafka')
} catch (err) {
  log.error({ err }, isMillraceError(err) ? `${err.message}\n${err.todo}` : `the orders API ended: ${String(err)}`)
  process.exitCode = 1
}
await log.flush()
