import type { Clock } from '../clock/clock.js'
import type { ApiName, RequestBody, ResponseBody } from '../protocol/apis.js'
import type { Topics } from '../topics/topics.js'
import { createAcls, deleteAcls, describeAcls } from './acls.js'
import { createAlterConfigsHandler } from './alter-configs.js'
import type { RequestHandler } from './answer.js'
import { apiVersions } from './api-versions.js'
import { type BrokerConfigs } from './broker-configs.js'
import { createCreatePartitionsHandler } from './create-partitions.js'
import { createCreateTopicsHandler } from './create-topics.js'
import { createDeleteTopicsHandler } from './delete-topics.js'
import { createDescribeConfigsHandler } from './describe-configs.js'
import { createIncrementalAlterConfigsHandler } from './incremental-alter-configs.js'
import { createMetadataHandler } from './metadata.js'

/** By Kafka's name of the API. One that is missing closes the connection, as an API that is not offered does. */
export type Handlers = { readonly [N in ApiName]?: RequestHandler<RequestBody<N>, ResponseBody<N>> }

export interface HandlerParts {
  readonly topics: Topics
  readonly clock: Clock
  readonly nodeId: number
  readonly clusterId: string
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
  readonly brokerConfigs: BrokerConfigs
  address(): { host: string; port: number }
}

/** Every API that this broker answers, with what it needs. */
export function createHandlers(parts: HandlerParts): Handlers {
  const { topics, nodeId, brokerConfigs, defaultPartitions } = parts
  const nodeIds = [nodeId]
  return {
    ApiVersions: apiVersions,
    Metadata: createMetadataHandler(parts),
    CreateTopics: createCreateTopicsHandler({ topics, nodeIds, defaultPartitions }),
    DeleteTopics: createDeleteTopicsHandler({ topics }),
    CreatePartitions: createCreatePartitionsHandler({ topics, nodeIds }),
    DescribeConfigs: createDescribeConfigsHandler({ topics, nodeId, brokerConfigs }),
    AlterConfigs: createAlterConfigsHandler({ topics, nodeId }),
    IncrementalAlterConfigs: createIncrementalAlterConfigsHandler({ topics, nodeId }),
    DescribeAcls: describeAcls,
    CreateAcls: createAcls,
    DeleteAcls: deleteAcls,
  }
}
