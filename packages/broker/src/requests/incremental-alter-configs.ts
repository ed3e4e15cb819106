import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { ConfigOverrides } from '../topics/check-topic-config.js'
import { type Refusal, refuse } from '../topics/refusal.js'
import { topicConfigs } from '../topics/topic-configs.js'
import type { RequestHandler } from './answer.js'
import { type ChangeConfigsDeps, changeConfigs, refuseNulls } from './change-configs.js'

type Request = RequestBody<'IncrementalAlterConfigs'>
type Change = Request['resources'][number]['configs'][number]

const operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** IncrementalAlterConfigs changes what it names and leaves the rest. */
export function createIncrementalAlterConfigsHandler(
  deps: ChangeConfigsDeps,
): RequestHandler<Request, ResponseBody<'IncrementalAlterConfigs'>> {
  return (request) => ({ responses: changeConfigs(request, deps, applyChanges) })
}

function applyChanges(current: ConfigOverrides, changes: readonly Change[]): ConfigOverrides | Refusal {
  const refusal = refuseNulls(changes.filter(({ configOperation }) => configOperation !== operation.delete))
  if (refusal !== undefined) return refusal
  const next = new Map(current)
  for (const { name, configOperation, value } of changes) {
    if (configOperation === operation.delete) {
      next.delete(name)
    } else if (configOperation === operation.set) {
      next.set(name, value ?? '')
    } else if (configOperation === operation.append || configOperation === operation.subtract) {
      if (topicConfigs.get(name)?.type !== 'list') return refuseNoList(name, configOperation)
      const words = (current.get(name) ?? topicConfigs.get(name)?.default ?? '')
        .split(',')
        .filter((word) => word !== '')
      next.set(name, changeList(words, (value ?? '').split(','), configOperation).join(','))
    } else {
      return crashed
    }
  }
  return next
}

/** What Kafka has for an operation that it does not know: an exception, and no words. */
const crashed: Refusal = { errorCode: errorCode.UNKNOWN_SERVER_ERROR, errorMessage: null }

function changeList(words: readonly string[], changed: readonly string[], configOperation: number): string[] {
  if (configOperation === operation.subtract) return words.filter((word) => !changed.includes(word))
  return [...words, ...changed.filter((word) => !words.includes(word))]
}

function refuseNoList(name: string, configOperation: number): Refusal {
  const verb = configOperation === operation.append ? 'APPEND' : 'SUBTRACT'
  return refuse(errorCode.INVALID_CONFIG, `Can't ${verb} to key ${name} because its type is not LIST.`)
}
