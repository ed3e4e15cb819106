import { faultMutants } from './fault-mutants.js'
import { fetchMutants } from './fetch-mutants.js'
import { groupMutants } from './group-mutants.js'
import { logMutants } from './log-mutants.js'
import type { Mutant } from './mutant.js'
import { transactionMutants } from './transaction-mutants.js'

export const allMutants: readonly Mutant[] = [
  ...fetchMutants,
  ...logMutants,
  ...groupMutants,
  ...transactionMutants,
  ...faultMutants,
]
