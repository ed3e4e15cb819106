import type { Groups } from '../stage/progress.js'
import type { Service } from '../stage/service.js'
import type { RunningWorker, Services } from '../stage/services.js'

export interface OrdersNames {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  readonly deadLettersGroup: string
  readonly metricsGroup: string
}

/** The parts of examples/orders as the demo runs them. */
export interface OrdersStage {
  readonly names: OrdersNames
  readonly groups: Groups
  /** Resolves when it listens. */
  startApi(port: number): Promise<{ readonly url: string; readonly service: Service }>
  startWorker(name: string): Promise<RunningWorker>
}

export function createOrdersStage(services: Services, prefix: string): OrdersStage {
  const names: OrdersNames = {
    topic: `${prefix}orders.v1`,
    deadLetterTopic: `${prefix}orders.dlq.v1`,
    group: `${prefix}orders-workers`,
    deadLettersGroup: `${prefix}orders-dead-letters`,
    metricsGroup: `${prefix}orders-metrics`,
  }
  const topics = { ORDERS_TOPIC: names.topic, ORDERS_DLQ_TOPIC: names.deadLetterTopic }
  return {
    names,
    groups: [
      [names.group, names.topic],
      [names.metricsGroup, names.topic],
      [names.deadLettersGroup, names.deadLetterTopic],
    ],
    async startApi(port) {
      const service = services.start('api', '@millrace-examples/orders/server', { ...topics, PORT: String(port) })
      const { fields } = await service.said(({ msg }) => msg === 'the orders API listens')
      return { url: `http://127.0.0.1:${String(fields['port'])}`, service }
    },
    startWorker: (name) =>
      services.startWorker(name, '@millrace-examples/orders/worker', {
        ...topics,
        ORDERS_GROUP: names.group,
        ORDERS_DEAD_LETTERS_GROUP: names.deadLettersGroup,
        ORDERS_METRICS_GROUP: names.metricsGroup,
      }),
  }
}
