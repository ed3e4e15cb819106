import { createWorker } from 'millrace'
import { Invoicing } from './invoicing.js'

// The pipeline as a process of its own. Run as many as there are partitions; give each a KAFKA_INSTANCE_ID that survives a
// restart, so that it ends at once what it had open when it crashed.
await createWorker({
  consumers: [Invoicing],
  // After a crash the group waits this long before somebody else goes on.
  sessionTimeout: `${Number(process.env['SESSION_TIMEOUT_SECONDS'] ?? 15)}s`,
}).run()
