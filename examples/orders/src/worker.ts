import { Container, createWorker } from 'millrace'
import { Billing } from './worker/billing.js'
import { DeadLetterWatch } from './worker/dead-letter-watch.js'
import { OrderHandlers } from './worker/order-handlers.js'
import { OrderMetrics } from './worker/order-metrics.js'
import { PaymentGateway } from './worker/payment-gateway.js'

// The worker as a process of its own. Brokers, security, log level and ports come from the environment; SIGTERM drains.
const container = new Container()
container.bind(PaymentGateway).toSelf().inSingletonScope()
container.bind(Billing).toSelf().inSingletonScope()

await createWorker({
  consumers: [OrderHandlers, DeadLetterWatch, OrderMetrics],
  container,
  // After a crash the group waits this long before somebody else goes on.
  sessionTimeout: `${Number(process.env['SESSION_TIMEOUT_SECONDS'] ?? 15)}s`,
}).run()
