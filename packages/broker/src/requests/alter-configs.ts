import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import type { RequestHandler } from './answer.js'
import { type ChangeConfigsDeps, changeConfigs, refuseNulls } from './change-configs.js'

/** AlterConfigs replaces everything that was set: what is not named goes back to its default. */
export function createAlterConfigsHandler(
  deps: ChangeConfigsDeps,
): RequestHandler<RequestBody<'AlterConfigs'>, ResponseBody<'AlterConfigs'>> {
  return (request) => ({
    responses: changeConfigs(request, deps, (_current, changes) => {
      const next = new Map<string, string>()
      for (const { name, value } of changes) if (value !== null) next.set(name, value)
      return refuseNulls(changes) ?? next
    }),
  })
}
