import type { RequestBody } from '../protocol/apis.js'

type TopicData = RequestBody<'Produce'>['topicData']

/** Of batches for one partition in one request Kafka takes the last one and answers once. Who names none twice gets what it gave. */
export function lastPerPartition(topicData: TopicData): TopicData {
  if (!hasRepetition(topicData)) return topicData
  const byTopic = new Map<string, Map<number, TopicData[number]['partitionData'][number]>>()
  for (const { name, partitionData } of topicData) {
    let partitions = byTopic.get(name)
    if (partitions === undefined) byTopic.set(name, (partitions = new Map()))
    for (const each of partitionData) partitions.set(each.index, each)
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitionData: [...partitions.values()] }))
}

function hasRepetition(topicData: TopicData): boolean {
  if (topicData.length > 1 && new Set(topicData.map(({ name }) => name)).size < topicData.length) return true
  return topicData.some(
    ({ partitionData }) =>
      partitionData.length > 1 && new Set(partitionData.map(({ index }) => index)).size < partitionData.length,
  )
}
