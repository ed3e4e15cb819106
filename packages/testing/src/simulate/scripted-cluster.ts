import type { StartedCluster } from './run-schedule.js'
import type { World } from './world.js'
export async function startScriptedCluster(_world: World, _options: object): Promise<StartedCluster> {
  throw new Error('later')
}
