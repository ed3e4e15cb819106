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
      // The defaults of all brokers can be set on a real one. Here nothing is.
      return refusal ?? (resourceName === '' ? [] : deps.brokerConfigs.map(brokerConfig))
    }
    const type = resourceTypeName(resourceType)
    return refuse(errorCode.INVALID_REQUEST, `Unexpected resource type ${type} for resource ${resourceName}`)
  }

  return ({ resources, includeSynonyms }) => ({
    results: resources.map((resource) => {
      const found = describe(resource)
      const configs = Array.isArray(found) ? found.filter(({ name }) => isWanted(resource, name)) : []
      const refusal = Array.isArray(found) ? undefined : found
      return {
        errorCode: refusal?.errorCode ?? errorCode.NONE,
        errorMessage: refusal?.errorMessage ?? null,
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
    return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.')
  }
  return [...topicConfigs.values()].map((definition) => topicConfig(definition, topic))
}

function topicConfig(definition: TopicConfigDefinition, { config }: Topic): Config {
  const { name, type, brokerConfig: broker } = definition
  const own = config.get(name)
  const synonyms = own === undefined ? [] : [{ name, value: own, source: configSource.topic }]
  const fallback = { value: definition.brokerDefault ?? definition.default, source: configSource.default }
  return {
    name,
    value: own ?? definition.default,
    readOnly: false,
    configSource: own === undefined ? configSource.default : configSource.topic,
    isSensitive: false,
    synonyms: broker === undefined ? synonyms : [...synonyms, { name: broker, ...fallback }],
    configType: configTypeNumber[type],
    documentation: null,
  }
}

function brokerConfig({ name, type, value, default: fallback }: BrokerConfig): Config {
  const source = value === fallback ? configSource.default : configSource.staticBroker
  const own = source === configSource.default ? [] : [{ name, value, source }]
  return {
    name,
    value,
    readOnly: true,
    configSource: source,
    isSensitive: false,
    synonyms: [...own, { name, value: fallback, source: configSource.default }],
    configType: configTypeNumber[type],
    documentation: null,
  }
}
