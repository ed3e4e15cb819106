/** Deterministic search: workers in a world whose every event is drawn from a seed. */
export type { PlannedFault, SimulatedFaultKind } from './fault-plan.js'
export { faultKinds, harmlessKinds } from './fault-plan.js'
export type { SimulatedOutput } from './judge.js'
export type { Schedule } from './run-schedule.js'
export { simulate, SimulationFailure, type SimulationOptions, type SimulationReport } from './simulate.js'
export type { SimulatedRecord } from './simulated-cluster.js'
export { type Meddle, seededDefects } from './seeded-defects.js'
