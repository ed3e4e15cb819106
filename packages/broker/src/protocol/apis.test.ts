import { describe, expect, it } from 'vitest'
import { type Api, apis, findApi, isAccepted } from './apis.js'

const all: readonly Api[] = Object.values(apis)

describe('the offered APIs', () => {
  it.each(all.map((api) => [api.name, api] as const))('%s speaks every version that it accepts', (name, api) => {
    for (const { validVersions, apiKey } of [api.request, api.response]) {
      expect(apiKey).toBe(api.key)
      expect(validVersions[0]).toBeLessThanOrEqual(api.accepted[0])
      expect(validVersions[1]).toBeGreaterThanOrEqual(api.accepted[1])
    }
    expect([api.request.name, api.response.name]).toEqual([`${name}Request`, `${name}Response`])
    expect(findApi(api.key)).toBe(api)
  })

  it('stand under their own names', () => {
    expect(all.map(({ name }) => name)).toEqual(Object.keys(apis))
  })

  it('advertise what they accept, except Produce, which says 0 and refuses it', () => {
    const different = all.filter(({ accepted, advertised }) => String(accepted) !== String(advertised))
    expect(different).toEqual([apis.Produce])
    expect(apis.Produce.advertised).toEqual([0, 8])
    expect([2, 3, 8, 9].map((version) => isAccepted(apis.Produce, version))).toEqual([false, true, true, false])
  })

  it('do not know keys that nobody offers', () => {
    expect(findApi(4)).toBeUndefined()
    expect(findApi(-1)).toBeUndefined()
  })

  it('have the versions that kafkajs and our own guards send', () => {
    const sent = {
      Produce: 7,
      Fetch: 11,
      ListOffsets: 3,
      OffsetCommit: 5,
      OffsetFetch: 7,
      JoinGroup: 5,
      TxnOffsetCommit: 3,
    }
    for (const [name, version] of Object.entries(sent)) {
      expect(isAccepted(apis[name as keyof typeof sent], version)).toBe(true)
    }
  })
})
