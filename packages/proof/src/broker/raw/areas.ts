import type { Area } from './script.js'
import { adminScripts } from './scripts/admin.js'
import { configScripts } from './scripts/configs.js'
import { connectionScripts } from './scripts/connection.js'
import { everyVersionScripts } from './scripts/every-version.js'
import { fetchScripts } from './scripts/fetch.js'
import { groupScripts } from './scripts/groups.js'
import { idempotenceScripts } from './scripts/idempotence.js'
import { metadataScripts } from './scripts/metadata.js'
import { offsetScripts } from './scripts/offsets.js'
import { produceScripts } from './scripts/produce.js'
import { rebalanceScripts } from './scripts/rebalances.js'
import { staticMemberScripts } from './scripts/static-members.js'
import { otherSettingScripts } from './scripts/other-settings.js'
import { transactionCoordinateScripts } from './scripts/transactions-coordinate.js'
import { transactionEndScripts } from './scripts/transactions-end.js'
import { transactionReadScripts } from './scripts/transactions-read.js'
import { transactionalOffsetScripts } from './scripts/transactional-offsets.js'
import { timeLookupScripts } from './scripts/time-lookup.js'

/** Everything that is asked, by what it is about. */
export const areas: readonly Area[] = [
  { name: 'connection', scripts: connectionScripts },
  { name: 'every-version', scripts: everyVersionScripts },
  { name: 'metadata', scripts: metadataScripts },
  { name: 'admin', scripts: adminScripts },
  { name: 'configs', scripts: configScripts },
  { name: 'produce', scripts: produceScripts },
  { name: 'idempotence', scripts: idempotenceScripts },
  { name: 'fetch', scripts: fetchScripts },
  { name: 'time-lookup', scripts: timeLookupScripts },
  { name: 'groups', scripts: groupScripts },
  { name: 'rebalances', scripts: rebalanceScripts },
  { name: 'static-members', scripts: staticMemberScripts },
  { name: 'offsets', scripts: offsetScripts },
  { name: 'transactions-read', scripts: transactionReadScripts },
  { name: 'transactions-coordinate', scripts: transactionCoordinateScripts },
  { name: 'transactions-end', scripts: transactionEndScripts },
  { name: 'transactional-offsets', scripts: transactionalOffsetScripts },
  {
    name: 'other-settings',
    scripts: otherSettingScripts,
    settings: { autoCreateTopics: true, defaultPartitions: 3, initialRebalanceDelayMs: 700, maxGroupSize: 2 },
  },
]
