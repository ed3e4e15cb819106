import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { policyOptions } from './declare/handle-options.js'
import type { OptionTable } from './option.js'
import {
  handlerOptions,
  producerOptions,
  retryOptions,
  transactionalProducerOptions,
  transformOptions,
  workerOptions,
} from './options.js'

const { transactionTimeout } = transactionalProducerOptions

const inputs = './options-input.ts'

// The compiler holds names and types against the tables; of the texts it knows nothing.
it.each<[string, string, OptionTable]>([
  ['WorkerOptionsInput', inputs, workerOptions],
  ['HandlerOptionsInput', inputs, handlerOptions],
  ['TransformOptionsInput', inputs, transformOptions],
  ['RetryOptionsInput', inputs, retryOptions],
  ['TransactionalProducerOptionsInput', inputs, { transactionTimeout }],
  ['ProducerOptionsInput', inputs, producerOptions],
  ['HandleOptions', './declare/handle-options.ts', policyOptions],
])('%s says in an editor what the reference page says', (name, file, table) => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const [, body = ''] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(source) ?? []
  const shown = [...body.matchAll(/\/\*\* (.*) \*\/\n {2}readonly (\w+)\?:/g)].map(([, doc, option]) => [option, doc])
  expect(shown).toEqual(Object.entries(table).map(([option, { doc }]) => [option, doc]))
})
