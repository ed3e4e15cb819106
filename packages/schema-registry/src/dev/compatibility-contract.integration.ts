import { uniqueName } from '@millrace/testing'
import { describeWithRegistry } from '@millrace/testing/vitest'
import { describe, expect, test } from 'vitest'
import { isObject, type Json } from './schemas/json-value.js'
import { allCases } from './test-support/all-cases.js'
import { apicurioVerdicts } from './test-support/apicurio-differences.js'
import { registryClient, schemaText } from './test-support/registry-client.js'

describeWithRegistry('who reads whom, says a registry', ({ kind, url }) => {
  const client = registryClient(url)

  describe.each(allCases)('in %s', (schemaType, cases) => {
    test.each(cases)('when $change', async ({ change, before, after, backward, forward }) => {
      const subject = uniqueName('change')
      await client.register(subject, before, { schemaType })
      const check = async (compatibility: string): Promise<Json | undefined> => {
        await client.put(`/config/${subject}`, { compatibility })
        const asked = { schemaType, schema: schemaText(after) }
        const { body } = await client.post(`/compatibility/subjects/${subject}/versions/latest`, asked)
        return isObject(body) ? body['is_compatible'] : body
      }
      const { reason: _reason, ...otherwise } = apicurioVerdicts[`${schemaType}: ${change}`] ?? { reason: '' }
      const verdict = { backward, forward }
      expect({ backward: await check('BACKWARD'), forward: await check('FORWARD') }).toEqual(
        kind === 'apicurio' ? { ...verdict, ...otherwise } : verdict,
      )
    })
  })
})
