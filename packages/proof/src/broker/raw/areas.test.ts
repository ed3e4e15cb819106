import { apis } from '@millrace/broker/protocol'
import { expect, it } from 'vitest'
import { areas } from './areas.js'
import { slugOf } from './run-script.js'
import { readRecording } from './recordings.js'

const scripts = areas.flatMap((area) => area.scripts)

it('has more than 250 scripts, each with names of its own', () => {
  const slugs = scripts.map(({ name }) => slugOf(name))
  expect(slugs.length).toBeGreaterThan(250)
  expect(new Set(slugs).size).toBe(slugs.length)
  // A second play adds a number, and no name may begin like another one's topics.
  expect(slugs.filter((slug) => slug.includes('--') || slug.length === 0)).toEqual([])
})

it('asks every API in every version that is answered, once well and once badly', async () => {
  const { scripts: recorded } = await readRecording('every-version')
  const asked = new Set(Object.values(recorded).flatMap((trace) => trace.map(({ at }) => at)))
  for (const [name, { accepted }] of Object.entries(apis)) {
    for (let version = accepted[0]; version <= accepted[1]; version += 1) {
      expect(asked).toContain(`${name} ${version}, good`)
      expect(asked).toContain(`${name} ${version}, bad`)
    }
  }
})
