// Holds a broker and a probe until somebody kills this process; prints their pids.
import { startJavaProbe } from '../../reader/start-java-probe.js'
import { isUnavailable } from '../broker-under-test.js'
import { startJvmBroker } from '../jvm-broker.js'

const broker = await startJvmBroker()
const probe = await startJavaProbe()
if (isUnavailable(broker) || isUnavailable(probe)) throw new Error('no Kafka')
process.stdout.write(
  `${JSON.stringify({ broker: broker.control?.pid, probe: probe.pid, bootstrap: broker.bootstrap })}\n`,
)
