import { isObject, type Json } from '../schemas/json-value.js'

/** Keywords that restrict nothing. */
const annotations = new Set(
  '$schema $id id $anchor $comment $defs definitions title description default examples deprecated readOnly writeOnly format contentEncoding contentMediaType'.split(
    ' ',
  ),
)

export const isAnnotation = (keyword: string): boolean => annotations.has(keyword)

/** Whether it says no to any value. */
export const restricts = (schema: Json): boolean =>
  schema !== true && (!isObject(schema) || Object.keys(schema).some((name) => !isAnnotation(name)))
