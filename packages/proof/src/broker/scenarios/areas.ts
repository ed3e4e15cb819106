import { adminScenarios } from './areas/admin.js'
import { codecScenarios } from './areas/codecs.js'
import { configScenarios } from './areas/configs.js'
import { errorScenarios } from './areas/errors.js'
import { fetchScenarios } from './areas/fetch.js'
import { groupScenarios } from './areas/groups.js'
import { idempotenceScenarios } from './areas/idempotence.js'
import { memberScenarios } from './areas/members.js'
import { metadataScenarios } from './areas/metadata.js'
import { offsetScenarios } from './areas/offsets.js'
import { produceScenarios } from './areas/produce.js'
import { readCommittedScenarios } from './areas/read-committed.js'
import { staticMemberScenarios } from './areas/static-members.js'
import { timeLookupScenarios } from './areas/time-lookup.js'
import { transactionalOffsetScenarios } from './areas/transactional-offsets.js'
import { transactionScenarios } from './areas/transactions.js'
import type { Area } from './scenario.js'

/** Everything that is done on both brokers; what waits for time-outs stands first, so that it does not come last. */
export const areas: readonly Area[] = [
  { name: 'offsets', scenarios: offsetScenarios },
  { name: 'static-members', scenarios: staticMemberScenarios },
  { name: 'groups', scenarios: groupScenarios },
  { name: 'members', scenarios: memberScenarios },
  { name: 'transactions', scenarios: transactionScenarios },
  { name: 'transactional-offsets', scenarios: transactionalOffsetScenarios },
  { name: 'metadata', scenarios: metadataScenarios },
  { name: 'produce', scenarios: produceScenarios },
  { name: 'codecs', scenarios: codecScenarios },
  { name: 'fetch', scenarios: fetchScenarios },
  { name: 'time-lookup', scenarios: timeLookupScenarios },
  { name: 'idempotence', scenarios: idempotenceScenarios },
  { name: 'read-committed', scenarios: readCommittedScenarios },
  { name: 'admin', scenarios: adminScenarios },
  { name: 'configs', scenarios: configScenarios },
  { name: 'errors', scenarios: errorScenarios },
]
