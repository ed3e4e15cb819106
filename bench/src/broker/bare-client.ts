import kafkajs from 'kafkajs'

/** kafkajs as its users have it. */
export const bareClient = (bootstrap: readonly string[]): kafkajs.Kafka =>
  new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING })

export async function bareProducer(bootstrap: readonly string[]): Promise<kafkajs.Producer> {
  const producer = bareClient(bootstrap).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  return producer
}

/** Creates the topic, and deletes it afterwards. */
export async function withTopic<Found>(
  bootstrap: readonly string[],
  topic: { readonly name: string; readonly partitions: number },
  use: () => Promise<Found>,
): Promise<Found> {
  const admin = bareClient(bootstrap).admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic: topic.name, numPartitions: topic.partitions }], waitForLeaders: true })
    const found = await use()
    await admin.deleteTopics({ topics: [topic.name] })
    return found
  } finally {
    await admin.disconnect()
  }
}
