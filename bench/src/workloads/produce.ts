import type { Workload } from '../harness/workload.js'
import {
  kafkajsProducer,
  millraceSender,
  openProduceContest,
  type Outgoing,
  type SendAll,
} from '../produce/produce-contest.js'

const atATime = 100

/** As many callers, each of which awaits its record before it sends the next. */
const oneByOne =
  (send: (one: Outgoing) => Promise<unknown>): SendAll =>
  async (records) => {
    let next = 0
    const caller = async (): Promise<void> => {
      for (let one = records[next++]; one !== undefined; one = records[next++]) await send(one)
    }
    await Promise.all(Array.from({ length: atATime }, caller))
  }

export const workload: Workload = {
  kind: 'paired',
  title: 'produce: 100 callers that await each record, against bare kafkajs send',
  bottleneck: 'round trips to the broker: how many records share one',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 3 },
  pairs: 10,
  open: () =>
    openProduceContest(
      { ours: millraceSender(oneByOne), baseline: kafkajsProducer((send) => oneByOne((one) => send([one]))) },
      20_000,
    ),
}
