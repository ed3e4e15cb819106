import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { type Refusal, refuse } from '../topics/refusal.js'
import type { Topic } from '../topics/topic.js'
import { type TopicConfigDefinition, topicConfigs } from '../topics/topic-configs.js'
import { refuseTopicName } from '../topics/topic-name.js'
import type { Topics } from '../topics/topics.js'
import type { RequestHandler } from './answer.js'
import type { BrokerConfig, BrokerConfigs } from './broker-configs.js'
import {
  configResource,
  configSource,
  configTypeNumber,
  isResourceType,
  refuseBrokerName,
  resourceTypeName,
} from './config-resource.js'

type Request = RequestBody<'DescribeConfigs'>
type Response = ResponseBody<'DescribeConfigs'>
type Resource = Request['resources'][number]
type Config = Response['results'][number]['configs'][number]

export interface DescribeConfigsDeps {
  readonly topics: Pick<Topics, 'find'>
  readonly nodeId: number
  readonly brokerConfigs: BrokerConfigs
}

export function createDescribeConfigsHandler(deps: DescribeConfigsDeps): RequestHandler<Request, Response> {
  const describe = ({ resourceType, resourceName }: Resource): Config[] | Refusal => {
    if (resourceType === configResource.topic) return describeTopic(resourceName, deps)
    if (resourceType === configResource.broker) {
      const refusal = refuseBrokerName(resourceName, deps.nodeId)
      return refusal ?? (resourceName === '' ? defaultsOfAllBrokers : deps.brokerConfigs.map(brokerConfig))
    }
    return refuse(errorCode.INVALID_REQUEST, unknownType(resourceType, resourceName))
  }

  return ({ resources, includeSynonyms }) => ({
    results: resources.map((resource) => {
      const found = describe(resource)
      const configs = Array.isArray(found) ? found.filter(({ name }) => isWanted(resource, name)) : []
      const refusal = Array.isArray(found) ? undefined : found
      return {
        errorCode: refusal?.errorCode ?? errorCode.NONE,
        errorMessage: refusal?.errorMessage ?? '',
        resourceType: resource.resourceType,
        resourceName: resource.resourceName,
        configs: includeSynonyms ? configs : configs.map((config) => ({ ...config, synonyms: [] })),
      }
    }),
  })
}

/** Keys that do not exist are left out without a word. */
const isWanted = ({ configurationKeys: keys }: Resource, name: string): boolean =>
  keys === null || keys.length === 0 || keys.includes(name)

function describeTopic(name: string, { topics }: DescribeConfigsDeps): Config[] | Refusal {
  const refusal = refuseTopicName(name)
  if (refusal !== undefined) return refusal
  const topic = topics.find(name)
  if (topic === undefined) {
    // Kafka has no words for it here.
    return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, '')
  }
  return [...topicConfigs.values()].map((definition) => topicConfig(definition, topic))
}

function topicConfig(definition: TopicConfigDefinition, { config }: Topic): Config {
  const { name, type, brokerConfig: broker } = definition
  const own = config.get(name)
  const ofTopic = own === undefined ? [] : [{ name, value: own, source: configSource.topic }]
  const isSynonym = broker !== undefined && definition.brokerDefault === undefined
  const ofBroker = isSynonym ? synonymsOfBroker(broker, definition.default) : []
  return {
    name,
    value: own ?? definition.default,
    readOnly: false,
    configSource: own === undefined ? (ofBroker[0]?.source ?? configSource.default) : configSource.topic,
    isSensitive: false,
    synonyms: [...ofTopic, ...ofBroker],
    configType: configTypeNumber[type],
    documentation: null,
  }
}

/** What a new cluster has set for all of its brokers (KIP-966). */
const setForAllBrokers = 'min.insync.replicas'

const synonymsOfBroker = (name: string, value: string): Config['synonyms'] => [
  ...(name === setForAllBrokers ? [{ name, value, source: configSource.allBrokers }] : []),
  { name, value, source: configSource.default },
]

const defaultsOfAllBrokers: Config[] = [
  {
    name: setForAllBrokers,
    value: '1',
    readOnly: false,
    configSource: configSource.allBrokers,
    isSensitive: false,
    synonyms: [{ name: setForAllBrokers, value: '1', source: configSource.allBrokers }],
    configType: configTypeNumber.int,
    documentation: null,
  },
]

/** A number that no type has reads in Kafka like a broken request. */
const unknownType = (resourceType: number, resourceName: string): string =>
  isResourceType(resourceType)
    ? `Unexpected resource type ${resourceTypeName(resourceType)} for resource ${resourceName}`
    : 'This most likely occurs because of a request being malformed by the client library or the message was sent to ' +
      'an incompatible broker. See the broker logs for more details.'

function brokerConfig({ name, type, value, default: fallback }: BrokerConfig): Config {
  const source = value === fallback ? configSource.default : configSource.staticBroker
  const own = source === configSource.default ? [] : [{ name, value, source }]
  return {
    name,
    value,
    readOnly: true,
    configSource: source,
    isSensitive: false,
    synonyms: fallback === null ? own : [...own, { name, value: fallback, source: configSource.default }],
    configType: configTypeNumber[type],
    documentation: null,
  }
}
