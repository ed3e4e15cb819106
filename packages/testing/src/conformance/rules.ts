import type { ConformanceRule } from './rule.js'
import { assignmentRules } from './rules/assignment.js'
import { byteRules } from './rules/bytes.js'
import { commitRules } from './rules/commits.js'
import { failureRules } from './rules/failures.js'
import { flowRules } from './rules/flow.js'
import { handOverRules } from './rules/hand-over.js'
import { leavingRules } from './rules/leaving.js'
import { lookUpRules } from './rules/look-ups.js'
import { membershipRules } from './rules/membership.js'
import { positionRules } from './rules/positions.js'
import { revocationRules } from './rules/revocation.js'
import { sendingRules } from './rules/sending.js'
import { sharingRules } from './rules/sharing.js'
import { transactionEndRules } from './rules/transaction-ends.js'
import { transactionOffsetRules } from './rules/transaction-offsets.js'
import { transactionRules } from './rules/transactions.js'
import { unreachableRules } from './rules/unreachable.js'

/** Everything that a driver does. */
export const conformanceRules: readonly ConformanceRule[] = [
  ...assignmentRules,
  ...positionRules,
  ...handOverRules,
  ...byteRules,
  ...flowRules,
  ...revocationRules,
  ...membershipRules,
  ...commitRules,
  ...leavingRules,
  ...failureRules,
  ...lookUpRules,
  ...sendingRules,
  ...sharingRules,
  ...transactionRules,
  ...transactionEndRules,
  ...transactionOffsetRules,
  ...unreachableRules,
]
