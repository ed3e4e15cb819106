import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Problem } from '@millrace/core'
import type { Settings, Setting } from './settings.js'

/** The texts that were read, by what they are. */
export interface TlsTexts {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * What a broker would say of the certificates minutes later, in words of its own, or TLS without a word of which file it was. Never
 * says what is in a key.
 */
export function checkCertificates({ ca, cert, key }: TlsTexts, settings: Settings, nowMs = Date.now()): Problem[] {
  const problems: Problem[] = []
  const tell = (name: 'KAFKA_SSL_CA' | 'KAFKA_SSL_CERT' | 'KAFKA_SSL_KEY', problem: string, fix: string): void => {
    const given: Setting | undefined = settings(name)
    problems.push({ where: given?.where ?? name, problem, fix })
  }
  if (ca !== undefined && certificatesIn(ca).length === 0)
    tell('KAFKA_SSL_CA', 'holds no certificate', 'use the PEM file of the authority that signed the brokers')
  const [own] = cert === undefined ? [] : certificatesIn(cert)
  if (cert !== undefined && own === undefined)
    tell('KAFKA_SSL_CERT', 'holds no certificate', 'use the PEM file of the certificate of this client')
  if (own !== undefined && own.validToDate.getTime() <= nowMs)
    tell('KAFKA_SSL_CERT', `has expired (${own.validToDate.toISOString()})`, 'renew the certificate of this client')
  if (own !== undefined && own.validFromDate.getTime() > nowMs)
    tell('KAFKA_SSL_CERT', `is valid from ${own.validFromDate.toISOString()} on`, 'compare the clocks')
  if (key === undefined) return problems
  const privateKey = readKey(key)
  if (privateKey === undefined)
    tell('KAFKA_SSL_KEY', 'holds no private key, or one with a passphrase', 'use a PEM file of the key without one')
  else if (own !== undefined && !own.checkPrivateKey(privateKey))
    tell('KAFKA_SSL_KEY', 'is not the key of the certificate', 'use the key that KAFKA_SSL_CERT was made with')
  return problems
}

function certificatesIn(text: string): X509Certificate[] {
  try {
    return (text.match(PEM_BLOCK) ?? []).map((block) => new X509Certificate(block))
  } catch {
    return [] // nothing that TLS could use either
  }
}

function readKey(text: string) {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined // its words may quote the text
  }
}
