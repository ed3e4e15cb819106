import type { Driver, MemberOptions } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import type { SharedBroker } from '@millrace/testing'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from '../guards/guard.js'
import { guards } from '../guards/guards.js'
import { memberOptions, type PipelineOptions, ScriptedPipeline } from './scripted-pipeline.js'

export interface DriverSetup {
  readonly topic: string
  readonly group: string
  readonly driver: Driver
  /** Round robin over the partitions; values are numbers from `from` on. */
  readonly produce: (count: number, from?: number, partitions?: readonly number[]) => Promise<void>
  readonly join: (over?: Partial<MemberOptions>, options?: PipelineOptions) => ScriptedPipeline
}

export interface DriverSetups {
  readonly setup: (partitions?: number) => Promise<DriverSetup>
  readonly leaveAll: () => Promise<void>
}

/** Topic, group and driver of one test, and what leaves every member that the test left behind. `more` are watchers of the test. */
export function createDriverSetup(
  { bootstrap, admin, probe }: Pick<SharedBroker, 'bootstrap' | 'admin' | 'probe'>,
  more: readonly Guard[] = [],
): DriverSetups {
  const open = new Set<ScriptedPipeline>()
  return {
    async leaveAll(): Promise<void> {
      await Promise.all([...open].map((pipeline) => pipeline.leave()))
      open.clear()
    },
    async setup(partitions = 2): Promise<DriverSetup> {
      const topic = uniqueName('orders')
      const group = uniqueName('billing')
      await admin.createTopic(topic, { partitions })
      const driver = createGuardedDriver({ brokers: bootstrap }, [...guards, ...more])
      const all = Array.from({ length: partitions }, (_, partition) => partition)
      return {
        topic,
        group,
        driver,
        async produce(count, from = 0, to = all) {
          const records = Array.from({ length: count }, (_, index) => ({
            partition: to[index % to.length] ?? 0,
            value: String(from + index),
          }))
          await probe.produce(topic, records)
        },
        join(over = {}, options = {}) {
          const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic], over), options)
          open.add(pipeline)
          return pipeline
        },
      }
    },
  }
}
