import type { ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { type ConfigOverrides, checkTopicConfigs } from '../topics/check-topic-config.js'
import { type Refusal, refuse } from '../topics/refusal.js'
import { refuseTopicName } from '../topics/topic-name.js'
import type { Topics } from '../topics/topics.js'
import { configResource, refuseBrokerName } from './config-resource.js'

export interface ChangeConfigsDeps {
  readonly topics: Pick<Topics, 'find' | 'configure'>
  readonly nodeId: number
}

interface Change {
  readonly name: string
  readonly value: string | null
}

interface Resource<C extends Change> {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly C[]
}

type Results = ResponseBody<'AlterConfigs'>['responses']

/**
 * What both ways to alter configs have in common: each resource once, each key once, a resource changes as a whole or not at all.
 * `apply` says what would be set afterwards.
 */
export function changeConfigs<C extends Change>(
  { resources, validateOnly }: { resources: readonly Resource<C>[]; validateOnly: boolean },
  deps: ChangeConfigsDeps,
  apply: (current: ConfigOverrides, changes: readonly C[]) => ConfigOverrides | Refusal,
): Results {
  const counts = new Map<string, number>()
  for (const resource of resources) counts.set(keyOf(resource), (counts.get(keyOf(resource)) ?? 0) + 1)

  const change = (resource: Resource<C>): Refusal | undefined => {
    if (counts.get(keyOf(resource)) !== 1) {
      return refuse(errorCode.INVALID_REQUEST, 'Each resource must appear at most once.')
    }
    if (new Set(resource.configs.map(({ name }) => name)).size < resource.configs.length) {
      return refuse(errorCode.INVALID_REQUEST, 'Error due to duplicate config keys')
    }
    const { resourceType, resourceName, configs } = resource
    if (resourceType === configResource.broker) return changeBroker(resourceName, configs, deps.nodeId)
    if (resourceType !== configResource.topic) {
      return refuse(errorCode.INVALID_REQUEST, `Unknown resource type ${resourceType}`)
    }
    const topic = deps.topics.find(resourceName)
    const next = apply(topic?.config ?? new Map(), configs)
    const refusal = isRefusal(next) ? next : (refuseTopicName(resourceName) ?? checkTopicConfigs(next))
    if (refusal !== undefined || isRefusal(next)) return refusal
    if (topic === undefined) {
      return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`)
    }
    if (!validateOnly) deps.topics.configure(resourceName, next)
    return undefined
  }

  return resources.map((resource) => {
    const refusal = change(resource)
    return {
      errorCode: refusal?.errorCode ?? errorCode.NONE,
      errorMessage: refusal?.errorMessage ?? null,
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
    }
  })
}

const keyOf = ({ resourceType, resourceName }: Resource<Change>): string => `${resourceType}:${resourceName}`

const isRefusal = (value: ConfigOverrides | Refusal): value is Refusal => 'errorCode' in value

/** Nothing of this broker can be set while it runs. */
function changeBroker(name: string, changes: readonly Change[], nodeId: number): Refusal | undefined {
  const refusal = refuseBrokerName(name, nodeId)
  if (refusal !== undefined) {
    // The same fault in other words than DescribeConfigs has.
    return refuse(refusal.errorCode, refusal.errorMessage?.replace(' or empty string', '') ?? null)
  }
  if (changes.length === 0) return undefined
  const names = changes.map((change) => change.name).join(', ')
  return refuse(errorCode.INVALID_REQUEST, `Cannot update these configs dynamically: [${names}]`)
}

/** Values that may not be null. */
export function refuseNulls(changes: readonly Change[]): Refusal | undefined {
  const names = changes.filter(({ value }) => value === null).map(({ name }) => name)
  if (names.length === 0) return undefined
  return refuse(errorCode.INVALID_REQUEST, `Null value not supported for : ${names.join(', ')}`)
}
