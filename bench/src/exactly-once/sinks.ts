import type { KafkaAdmin } from '@millrace/testing'

/** Topics that last for one run. */
export interface Sinks {
  create(name: string): Promise<string>
  remove(name: string): Promise<void>
}

export const createSinks = (admin: KafkaAdmin, partitions: number): Sinks => ({
  async create(name) {
    await admin.createTopic(name, { partitions })
    return name
  },
  remove: (name) => admin.deleteTopic(name),
})
