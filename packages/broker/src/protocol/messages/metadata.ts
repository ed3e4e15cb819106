// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const metadataRequest = message({
  name: 'MetadataRequest',
  apiKey: 3,
  type: 'request',
  validVersions: [0, 8],
  flexibleVersions: 9,
  fields: {
    topics: {
      type: '[]struct',
      nullableVersions: '1+',
      fields: {
        name: { type: 'string' },
      },
    },
    allowAutoTopicCreation: { type: 'bool', versions: '4+', default: true },
    includeClusterAuthorizedOperations: { type: 'bool', versions: '8-10' },
    includeTopicAuthorizedOperations: { type: 'bool', versions: '8+' },
  },
})

export const metadataResponse = message({
  name: 'MetadataResponse',
  apiKey: 3,
  type: 'response',
  validVersions: [0, 8],
  flexibleVersions: 9,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '3+', default: 0 },
    brokers: {
      type: '[]struct',
      fields: {
        nodeId: { type: 'int32' },
        host: { type: 'string' },
        port: { type: 'int32' },
        rack: { type: 'string', versions: '1+', nullableVersions: '1+', default: null },
      },
    },
    clusterId: { type: 'string', versions: '2+', nullableVersions: '2+', default: null },
    controllerId: { type: 'int32', versions: '1+', default: -1 },
    topics: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        name: { type: 'string' },
        isInternal: { type: 'bool', versions: '1+', default: false },
        partitions: {
          type: '[]struct',
          fields: {
            errorCode: { type: 'int16' },
            partitionIndex: { type: 'int32' },
            leaderId: { type: 'int32' },
            leaderEpoch: { type: 'int32', versions: '7+', default: -1 },
            replicaNodes: { type: '[]int32' },
            isrNodes: { type: '[]int32' },
            offlineReplicas: { type: '[]int32', versions: '5+' },
          },
        },
        topicAuthorizedOperations: { type: 'int32', versions: '8+', default: -2147483648 },
      },
    },
    clusterAuthorizedOperations: { type: 'int32', versions: '8-10', default: -2147483648 },
  },
})
