import { assignmentMutants } from './assignment.js'
import { byteMutants } from './bytes.js'
import { commitMutants } from './commits.js'
import { failureMutants } from './failures.js'
import { flowMutants } from './flow.js'
import { handOverMutants } from './hand-over.js'
import { leavingMutants } from './leaving.js'
import { lookUpMutants } from './look-ups.js'
import { membershipMutants } from './membership.js'
import type { Mutant } from './mutant.js'
import { positionMutants } from './positions.js'
import { revocationMutants } from './revocation.js'
import { sendingMutants } from './sending.js'
import { sharingMutants } from './sharing.js'
import { transactionEndMutants } from './transaction-ends.js'
import { transactionOffsetMutants } from './transaction-offsets.js'
import { transactionMutants } from './transactions.js'
import { unreachableMutants } from './unreachable.js'

export const mutants: readonly Mutant[] = [
  ...assignmentMutants,
  ...positionMutants,
  ...handOverMutants,
  ...byteMutants,
  ...flowMutants,
  ...revocationMutants,
  ...membershipMutants,
  ...commitMutants,
  ...leavingMutants,
  ...failureMutants,
  ...lookUpMutants,
  ...sendingMutants,
  ...sharingMutants,
  ...transactionMutants,
  ...transactionEndMutants,
  ...transactionOffsetMutants,
  ...unreachableMutants,
]
