import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the page reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { readBroker } from '../../../docs/tools/read-broker.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { renderBrokerPage } from '../../../docs/tools/render-broker.js'
import { conditionNames } from './control/conditions.js'
import { on } from './faults/on.js'
import { apis } from './protocol/apis.js'

const page = readFileSync(new URL('../../../docs/broker.md', import.meta.url), 'utf8')

describe('docs/broker.md', () => {
  it('says what tables and reviewed differences say', async () => {
    expect(page, 'run: pnpm run docs').toBe(renderBrokerPage({ ...(await readBroker()), apis }))
  })

  it('leaves no mark of the template', () => {
    expect(page).not.toMatch(/<!--|\[object/)
  })

  it('has a row for every API', () => {
    const rows = [...page.matchAll(/^\| (\d+) +\| (\w+) +\|/gm)].map(([, key, name]) => `${key} ${name}`)
    const wanted = Object.values(apis).map(({ key, name }) => `${key} ${name}`)
    expect(rows.toSorted()).toEqual(wanted.toSorted())
  })

  it('names every condition that can be waited for', () => {
    for (const name of conditionNames) expect(page).toContain(`\`${name}\``)
  })

  it('names everything that can be said of a fault', () => {
    const words = Object.entries(on()).flatMap(([word, value]) => (typeof value === 'function' ? [word] : []))
    for (const word of words.filter((each) => !['toJSON', 'toString'].includes(each))) {
      expect(page, word).toContain(`.${word}(`)
    }
  })
})
