export type { SaslOptions } from './client/connection-options.js'
export { createKafkajsDriver } from './kafkajs-driver.js'
export type { KafkajsDriverOptions } from './kafkajs-driver-options.js'
