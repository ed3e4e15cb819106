import { fetchScenarios } from './areas/fetch.js'
import { metadataScenarios } from './areas/metadata.js'
import { produceScenarios } from './areas/produce.js'
import { timeLookupScenarios } from './areas/time-lookup.js'
import type { Area } from './scenario.js'

/** Everything that is done on both brokers. */
export const areas: readonly Area[] = [
  { name: 'metadata', scenarios: metadataScenarios },
  { name: 'produce', scenarios: produceScenarios },
  { name: 'fetch', scenarios: fetchScenarios },
  { name: 'time-lookup', scenarios: timeLookupScenarios },
]
