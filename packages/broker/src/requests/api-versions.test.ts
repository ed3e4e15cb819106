import { describe, expect, it } from 'vitest'
import { apis } from '../protocol/apis.js'
import { withBroker } from '../server/test-support/with-broker.js'
import { apiVersions } from './api-versions.js'

const context = { apiVersion: 3, clientId: '', clientHost: '/127.0.0.1' }
const software = { clientSoftwareName: 'kcat', clientSoftwareVersion: '1.7.0' }

describe('ApiVersions', () => {
  it.each([0, 1, 2, 3])('lists every API that is offered, in order of their keys, in version %i', async (version) => {
    const { ask } = await withBroker()
    const { errorCode, apiKeys } = await ask('ApiVersions', version, software)
    const keys = apiKeys.map(({ apiKey }) => apiKey)
    expect(errorCode).toBe(0)
    expect(keys).toEqual(
      Object.values(apis)
        .map(({ key }) => key)
        .toSorted((one, other) => one - other),
    )
  })

  it('advertises Produce from 0 on, as Kafka does, though it accepts it from 3 on', () => {
    const answer = apiVersions(software, context)
    expect(answer).toMatchObject({ apiKeys: expect.arrayContaining([{ apiKey: 0, minVersion: 0, maxVersion: 8 }]) })
  })

  it.each([
    ['', '1'],
    ['kcat', ''],
    ['-kcat', '1'],
    ['kcat', '1.'],
    ['k cat', '1'],
  ])('answers 42 to software named %j %j, from version 3 on', (clientSoftwareName, clientSoftwareVersion) => {
    const request = { clientSoftwareName, clientSoftwareVersion }
    expect(apiVersions(request, context)).toEqual({ errorCode: 42, apiKeys: [] })
    expect(apiVersions(request, { ...context, apiVersion: 2 })).toMatchObject({ errorCode: 0 })
  })
})
