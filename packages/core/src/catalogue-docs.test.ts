import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
// The renderers are tooling beside the packages; only this test of the pages reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { errorSamples } from '../../../docs/tools/error-samples.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { renderErrorsPage } from '../../../docs/tools/render-errors.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { renderOptionsPage } from '../../../docs/tools/render-options.js'
import { brakeOptions } from './declare/brake-options.js'
import { consumerOptions, handleOptions } from './declare/handle-options.js'
import { customRetryOptions } from './declare/retry/custom-retry.js'
import { fixedRetryOptions } from './declare/retry/fixed.js'
import { errorCatalogue } from './errors.js'
import {
  producerOptions,
  retryOptions,
  transactionalProducerOptions,
  transformOptions,
  workerOptions,
} from './options.js'

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const stale = 'run: pnpm run docs'

const tables = {
  worker: workerOptions,
  consumer: consumerOptions,
  handler: handleOptions,
  transform: transformOptions,
  brake: brakeOptions,
  exponential: retryOptions,
  fixed: fixedRetryOptions,
  customRetry: customRetryOptions,
  producer: producerOptions,
  transactionalProducer: transactionalProducerOptions,
}

describe('docs/errors.md', () => {
  it('has a section for every code, and no other', () => {
    const sections = [...page('errors.md').matchAll(/^## (.*)$/gm)].map(([, code]) => code)
    expect(sections, stale).toEqual(Object.keys(errorCatalogue))
  })

  it('says what the catalogue says', () => {
    expect(page('errors.md'), stale).toBe(renderErrorsPage(errorCatalogue, errorSamples))
  })

  it('shows no message with a hole in it', () => {
    expect(page('errors.md')).not.toMatch(/undefined|NaN|\[object/)
  })
})

describe('docs/options.md', () => {
  const options = page('options.md')

  it('has an entry for every option, and no other', () => {
    const entries = [...options.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name)
    expect(entries, stale).toEqual(Object.values(tables).flatMap((table) => Object.keys(table)))
  })

  it('says what the tables say', () => {
    expect(options, stale).toBe(renderOptionsPage(tables))
  })
})
