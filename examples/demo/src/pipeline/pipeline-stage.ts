import type { Groups } from '../stage/progress.js'
import type { RunningWorker, Services } from '../stage/services.js'
import type { PipelineTopics } from './evidence.js'

/** The parts of examples/pipeline as the demo runs them. */
export interface PipelineStage {
  readonly topics: PipelineTopics
  readonly group: string
  readonly groups: Groups
  /** `instance` stands for the same worker, also after a restart. */
  startWorker(name: string, instance: string): Promise<RunningWorker>
  startReader(): Promise<RunningWorker>
}

export function createPipelineStage(services: Services, prefix: string): PipelineStage {
  const topics: PipelineTopics = {
    orders: `${prefix}shop.orders.v1`,
    invoices: `${prefix}shop.invoices.v1`,
    ledger: `${prefix}shop.ledger.v1`,
    deadLetters: `${prefix}shop.orders.dlq.v1`,
  }
  const [group, auditGroup] = [`${prefix}invoicing`, `${prefix}invoicing-audit`]
  const names = {
    PIPELINE_ORDERS_TOPIC: topics.orders,
    PIPELINE_INVOICES_TOPIC: topics.invoices,
    PIPELINE_LEDGER_TOPIC: topics.ledger,
    PIPELINE_DLQ_TOPIC: topics.deadLetters,
    PIPELINE_GROUP: group,
    PIPELINE_AUDIT_GROUP: auditGroup,
  }
  return {
    topics,
    group,
    groups: [
      [group, topics.orders],
      [auditGroup, topics.invoices],
      [auditGroup, topics.ledger],
    ],
    startWorker: (name, instance) =>
      services.startWorker(name, '@millrace-examples/pipeline/worker', { ...names, KAFKA_INSTANCE_ID: instance }),
    startReader: () => services.startWorker('reader', '@millrace-examples/pipeline/reader', names),
  }
}
