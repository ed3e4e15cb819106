import { readFileSync } from 'node:fs'
import type { Logger, Problem } from '@millrace/core'
import type { KafkajsDriverOptions, SaslOptions, TokenSource } from '@millrace/kafkajs'
import type { KafkaOptions } from '../kafka-options.js'
import { checkCertificates, type TlsTexts } from './check-certificates.js'
import { createOauthTokens } from './oauth-tokens.js'
import { loadPem } from './pem.js'
import type { SaslSettings } from './read-sasl.js'
import { type ConnectionSettings, type Reading, readConnection } from './read-environment.js'
import { createSettings, type Said, valuesOfKafka } from './settings.js'

/** What the driver, producers and the topic admin connect with: the environment above the config file above code, PEM files read. */
export function openConnection(said: Said, kafka: KafkaOptions, logger: Logger): Reading<KafkajsDriverOptions> {
  const { token } = kafka.sasl ?? {}
  const settings = createSettings(said, valuesOfKafka(kafka))
  const { value, problems, warnings } = readConnection(settings, { hasTokenSource: token !== undefined })
  const { brokers, clientId, tls } = value
  const unreadable: Problem[] = []
  const texts = tls === undefined ? undefined : loadTls(tls, unreadable)
  const isComplete = problems.length + unreadable.length === 0
  if (texts !== undefined) unreadable.push(...checkCertificates(texts, settings))
  const ssl = texts === undefined ? undefined : Object.keys(texts).length === 0 || texts
  const sasl = value.sasl === undefined || !isComplete ? undefined : saslOf(value.sasl, token)
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

function saslOf(sasl: SaslSettings, source: TokenSource | undefined): SaslOptions | undefined {
  if (sasl.mechanism !== 'oauthbearer') return sasl
  const token = sasl.oauth === undefined ? source : createOauthTokens(sasl.oauth)
  return token === undefined ? undefined : { mechanism: 'oauthbearer', token }
}

function loadTls(tls: NonNullable<ConnectionSettings['tls']>, problems: Problem[]): TlsTexts {
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const loaded = Object.entries(tls).flatMap(([name, pem]) => {
    const text = loadPem(pem, readFile, problems)
    return text === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries(loaded)
}
