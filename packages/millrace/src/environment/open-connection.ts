import { readFileSync } from 'node:fs'
import type { Logger, Problem } from '@millrace/core'
import type { KafkajsDriverOptions } from '@millrace/kafkajs'
import type { KafkaOptions } from '../kafka-options.js'
import { loadPem } from './pem.js'
import { type ConnectionSettings, type Reading, readConnection } from './read-environment.js'
import { createSettings, type Said, valuesOfKafka } from './settings.js'

/** What the driver, producers and the topic admin connect with: the environment above the config file above code, PEM files read. */
export function openConnection(said: Said, kafka: KafkaOptions, logger: Logger): Reading<KafkajsDriverOptions> {
  const { value, problems, warnings } = readConnection(createSettings(said, valuesOfKafka(kafka)))
  const unreadable: Problem[] = []
  const { brokers, clientId, sasl, tls } = value
  const ssl = tls === undefined ? undefined : loadTls(tls, unreadable)
  return {
    value: {
      brokers,
      clientId,
      logger,
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl }),
    },
    problems: [...problems, ...unreadable],
    warnings,
  }
}

function loadTls(tls: NonNullable<ConnectionSettings['tls']>, problems: Problem[]): true | Record<string, string> {
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const loaded = Object.entries(tls).flatMap(([name, pem]) => {
    const text = loadPem(pem, readFile, problems)
    return text === undefined ? [] : [[name, text] as const]
  })
  return loaded.length === 0 ? true : Object.fromEntries(loaded)
}
