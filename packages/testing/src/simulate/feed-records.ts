import type { SimulatedCluster, SimulatedRecord } from './simulated-cluster.js'
import type { Witness } from './witness.js'
import type { World } from './world.js'

/** Records come over this time, so that faults meet them. */
const sendingMs = 1_500
/** Until a record is sent again that a broker which is away did not take. */
const againMs = 100

/** Sends each record at a moment of the seed. Returns how many are still to come. */
export function feedRecords(
  world: World,
  cluster: SimulatedCluster,
  witness: Witness,
  records: readonly SimulatedRecord[],
): () => number {
  const producer = world.actor('producer')
  const random = world.random.fork('records')
  let unsent = records.length

  records.forEach((record, index) => {
    const place = { lane: `record ${index}`, label: `sends to ${record.topic}` }
    const send = (): void => {
      const at = cluster.send(record)
      if (at === undefined) {
        world.after(producer, againMs, place, send)
        return
      }
      unsent -= 1
      witness.sentOne({ ...at, record })
    }
    world.after(producer, random.below(sendingMs), place, send)
  })
  return () => unsent
}
