import { everyHandler } from '../every-handler.js'
import type { Plan } from './plan.js'
import type { Serde, SerdeContext, SerdeUse } from './serde.js'

/** One serde on one part of one topic, and what is done with it there. */
export interface PlannedSerdeUse extends SerdeContext {
  readonly serde: Serde<unknown, never>
  readonly direction: SerdeUse['direction']
}

/** Every use of a serde that wants to be prepared, once, whoever shares the topic. Dead letters are raw bytes: they have none. */
export function serdeUsesOf(plan: Plan): readonly PlannedSerdeUse[] {
  const uses: PlannedSerdeUse[] = []
  const add = (
    topic: string,
    part: SerdeContext['part'],
    serde: Serde<unknown, never>,
    direction: 'read' | 'write',
  ) => {
    if (serde.prepare === undefined) return
    const at = uses.findIndex((use) => use.topic === topic && use.part === part && use.serde === serde)
    const known = uses[at]
    if (known === undefined) uses.push({ topic, part, serde, direction })
    else if (known.direction !== direction) uses[at] = { ...known, direction: 'both' }
  }
  for (const { topic, transform } of everyHandler(plan)) {
    add(topic.name, 'key', topic.key, 'read')
    add(topic.name, 'value', topic.value, 'read')
    for (const sink of transform?.sinks ?? []) {
      add(sink.name, 'key', sink.topic.key, 'write')
      add(sink.name, 'value', sink.topic.value, 'write')
    }
  }
  return uses
}
