// Writes docs/errors.md and docs/options.md from the built core: `pnpm run docs`.
import { writeFileSync } from 'node:fs'
import * as core from '../../packages/core/dist/index.js'
import { errorSamples } from './error-samples.ts'
import { renderErrorsPage } from './render-errors.ts'
import { renderOptionsPage } from './render-options.ts'

const pages = {
  'errors.md': renderErrorsPage(core.errorCatalogue, errorSamples),
  'options.md': renderOptionsPage({
    worker: core.workerOptions,
    consumer: core.consumerOptions,
    handler: { ...core.handlerOptions, ...core.policyOptions },
    exponential: core.retryOptions,
    fixed: core.fixedRetryOptions,
    customRetry: core.customRetryOptions,
    producer: core.producerOptions,
  }),
}

for (const [name, text] of Object.entries(pages)) writeFileSync(new URL(`../${name}`, import.meta.url), text)
