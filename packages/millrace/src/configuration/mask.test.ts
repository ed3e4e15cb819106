import { describe, expect, it } from 'vitest'
import { environmentVariables, isVariableName, variableNames } from '../environment/variables.js'
import { mask } from './mask.js'

const secrets = variableNames.filter((name) => 'secret' in environmentVariables[name])

describe('a printed value', () => {
  it('is nothing of a secret, not even its length', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(5)
    for (const name of secrets) expect(mask(name, 'hunter2')).toBe(mask(name, 'h'))
  })

  it.each([
    ['SCHEMA_REGISTRY_URL', 'https://registry:8081', 'https://registry:8081/'],
    ['SCHEMA_REGISTRY_URL', 'https://app:hunter2@registry/x', 'https://********@registry/x'],
    ['SCHEMA_REGISTRY_URL', 'https://app:hunt/er@2@registry', '********'],
    ['SCHEMA_REGISTRY_URL', 'app:hunter2@registry', '********'],
    ['SCHEMA_REGISTRY_URL', 'hunter2', '********'],
    ['SCHEMA_REGISTRY_URL', 'https://hunt@er2:x@registry#hunter2', 'https://********@registry/'],
    ['KAFKA_SASL_OAUTH_TOKEN_URL', 'https://idp/token?key=hunter2', 'https://idp/token?********'],
    ['KAFKA_BROKERS', 'a:1,b:2', 'a:1,b:2'],
    ['KAFKA_BROKERS', 'app:hunter2@a:1', '********@a:1'],
    ['KAFKA_BROKERS', 'a:1,app:hunter2@b:1', '********@b:1'],
    ['KAFKA_SASL_USERNAME', 'app@example.com', 'app@example.com'],
    ['KAFKA_SASL_USERNAME', 'Endpoint=sb://a/;SharedAccessKey=hunter2', '********'],
    ['KAFKA_SSL_CERT', '-----BEGIN PRIVATE KEY-----hunter2', 'PEM text'],
    ['KAFKA_SSL_CA', '/etc/ca.pem', '/etc/ca.pem'],
  ])('%s=%s is %s', (name, text, printed) => {
    expect(isVariableName(name) && mask(name, text)).toBe(printed)
  })
})
