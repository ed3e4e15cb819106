import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BrokerParts, ReviewedDifference } from './render-broker.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Data files: they import types and nothing else, so that Node reads them as they are. */
const LISTS = 'packages/proof/src/broker/*/known-differences.ts'

/** Everything on the page about the embedded broker that does not come from the built package. */
export async function readBroker(): Promise<Omit<BrokerParts, 'apis'>> {
  const differences = new Map<string, ReviewedDifference>()
  for (const file of globSync(LISTS, { cwd: root }).toSorted()) {
    const list: { readonly knownDifferences: readonly ReviewedDifference[] } = await import(
      pathToFileURL(`${root}${file}`).href
    )
    // What raw requests and real clients both meet stands in both lists, in the same words.
    for (const difference of list.knownDifferences) differences.set(difference.what, difference)
  }
  const template = readFileSync(new URL('broker.template.md', import.meta.url), 'utf8')
  return { template, differences: [...differences.values()] }
}
