import { expect, test } from 'vitest'
import { describeWithRegistry } from './describe-with-registry.js'

describeWithRegistry('a suite in a project without a real registry', ({ kind, url }) => {
  test('runs on the registry in process', async () => {
    expect(kind).toBe('dev')
    const answer = await fetch(`${url}/subjects`)
    expect(await answer.json()).toEqual([])
  })
})
